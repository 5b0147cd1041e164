//! Reads Portable Game Notation, in all its variants that are in use, into legal games.
//!
//! A file is split into tokens, the tokens are grouped into games, and each move is looked up among the legal moves. The
//! crate `cozy-chess` knows the rules. An unreadable or illegal move is refused, never skipped.

mod moves;
mod position;
mod tags;
mod tokens;
mod unfinished;
mod words;

use std::fmt;

use cozy_chess::{Board, Move};

pub(crate) use moves::{captured, ply_name};
use tokens::{Token, Tokens};
use unfinished::Unfinished;

/// A game whose every move is legal.
pub(crate) struct Game {
    pub(crate) white: String,
    pub(crate) black: String,
    pub(crate) start: Board,
    /// Each move for the rules library, and its notation in the file.
    pub(crate) plies: Vec<(Move, String)>,
}

/// Why a file was refused.
#[derive(Debug, PartialEq)]
pub(crate) struct Refusal {
    /// The number of the game, counted from one; `None` if the reason concerns no game.
    game: Option<usize>,
    /// For example `12. Qxh9` or `12... Qxh9`.
    ply: Option<String>,
    reason: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(game) = self.game {
            write!(f, "game {game}: ")?;
        }
        if let Some(ply) = &self.ply {
            write!(f, "{ply}: ")?;
        }
        f.write_str(&self.reason)
    }
}

/// Reads all games of a file. The error is about the first game that is refused.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Game>, Refusal> {
    let text = decode(bytes);
    let mut reader = Reader::default();
    for token in Tokens::new(&text) {
        let token = token.map_err(|reason| reader.refusal(reason))?;
        reader.take(token)?;
    }
    reader.finish()
}

/// Decodes UTF-8 (new files), Latin-1 (old files), or both by line (collections). Line ends become those of Unix.
fn decode(bytes: &[u8]) -> String {
    let text: String = bytes
        .split_inclusive(|byte| matches!(byte, b'\n' | b'\r'))
        // In a collection, each file that was added may begin with a byte order mark.
        .map(|line| line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line))
        .map(|line| match str::from_utf8(line) {
            Ok(line) => line.to_owned(),
            Err(_) => line.iter().copied().map(char::from).collect(),
        })
        .collect();
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Groups tokens into games.
#[derive(Default)]
struct Reader {
    games: Vec<Game>,
    unfinished: Option<Unfinished>,
    /// Whether the last token was a result. Some files have it twice.
    after_result: bool,
    /// Whether the last token was a move or an annotation. After a number or a result, an annotation has no move.
    after_move: bool,
}

impl Reader {
    fn take(&mut self, token: Token) -> Result<(), Refusal> {
        let after_result = std::mem::replace(&mut self.after_result, matches!(token, Token::Result));
        let after_move = std::mem::replace(&mut self.after_move, matches!(token, Token::Word(_)));
        match token {
            Token::Tag {
                name,
                value,
                after_blank_line,
            } => self.tag(name, value, after_blank_line),
            Token::UnreadableTag { begins_line } => {
                // A tag after moves belongs to the next game.
                if begins_line && self.unfinished.as_ref().is_some_and(Unfinished::has_begun) {
                    self.close()?;
                }
                Err(self.refusal("a tag is not readable".to_owned()))
            }
            Token::Number { number, begins_line } => {
                // Without tags and results, only the move number 1 shows that the next game begins.
                let has_moved_on = self.unfinished.as_ref().is_some_and(|begun| begun.plies() >= 2);
                if number == Some(1) && begins_line && has_moved_on {
                    self.close()?;
                }
                Ok(())
            }
            Token::Result if after_result => Ok(()),
            Token::Result => {
                self.settle_sections()?;
                self.unfinished.get_or_insert_default();
                self.close()
            }
            Token::Word(word) if moves::is_annotation(&word, after_move) => Ok(()),
            Token::Word(word) => {
                self.settle_sections()?;
                let game = Some(self.number());
                let begun = self.unfinished.get_or_insert_default();
                begun.play(&word).map_err(|(ply, reason)| Refusal { game, ply, reason })
            }
        }
    }

    /// The number of the game that is being read.
    fn number(&self) -> usize {
        self.games.len() + 1
    }

    fn refusal(&self, reason: String) -> Refusal {
        Refusal {
            game: Some(self.number()),
            ply: None,
            reason,
        }
    }

    fn tag(&mut self, name: String, value: String, after_blank_line: bool) -> Result<(), Refusal> {
        if self.unfinished.as_ref().is_some_and(Unfinished::has_begun) {
            self.close()?;
        }
        if after_blank_line {
            self.settle_sections()?;
        }
        if let Some(begun) = &self.unfinished
            && begun.ends_before(&name)
        {
            self.settle_sections()?;
            self.close()?;
        }
        self.unfinished
            .get_or_insert_default()
            .tag(name, value, after_blank_line);
        Ok(())
    }

    /// Decides whether the tags after a blank line belong to the same game.
    fn settle_sections(&mut self) -> Result<(), Refusal> {
        if let Some(begun) = &mut self.unfinished
            && let Some(next) = begun.settle_sections()
        {
            self.close()?;
            self.unfinished = Some(next);
        }
        Ok(())
    }

    /// Ends the game that is being read, if there is one.
    fn close(&mut self) -> Result<(), Refusal> {
        if let Some(begun) = self.unfinished.take() {
            let game = begun.finish().map_err(|reason| self.refusal(reason))?;
            self.games.push(game);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<Game>, Refusal> {
        self.settle_sections()?;
        self.close()?;
        if self.games.is_empty() {
            return Err(Refusal {
                game: None,
                ply: None,
                reason: "it contains no game".to_owned(),
            });
        }
        Ok(self.games)
    }
}
