//! Reads games in Portable Game Notation, in all its common variants.
//!
//! A file is split into tokens, the tokens are grouped into games, and each move is looked up among the legal moves,
//! which the crate `cozy-chess` generates. An unreadable or illegal move is an error. It is never skipped.

mod move_text;
mod moves;
mod position;
mod tags;
mod tokens;
mod unfinished;

use std::fmt;

use cozy_chess::{Board, Move};

pub(crate) use moves::{captured, ply_label};
use tokens::{Token, Tokens};
use unfinished::Unfinished;

/// A game whose every move is legal.
pub(crate) struct Game {
    pub(crate) white: String,
    pub(crate) black: String,
    pub(crate) start: Board,
    /// The moves, each with its notation in the file.
    pub(crate) plies: Vec<(Move, String)>,
}

/// The reason why a file was rejected.
#[derive(Debug, PartialEq)]
pub(crate) struct PgnError {
    /// The number of the game, starting at one, or `None` if the error is not about a game.
    game: Option<usize>,
    /// The ply that was rejected, for example `12. Qxh9` or `12... Qxh9`.
    ply: Option<String>,
    reason: String,
}

impl fmt::Display for PgnError {
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

/// Reads all games of a file. The error is about the first game that is rejected.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Game>, PgnError> {
    let text = decode(bytes);
    let mut reader = Reader::default();
    for token in Tokens::new(&text) {
        let token = token.map_err(|reason| reader.error(reason))?;
        reader.take(token)?;
    }
    reader.finish()
}

/// Decodes each line as UTF-8, or as Latin-1 if it is not valid UTF-8: a collection may contain both. Converts line
/// ends to `\n`.
fn decode(bytes: &[u8]) -> String {
    let text: String = bytes
        .split_inclusive(|byte| matches!(byte, b'\n' | b'\r'))
        // In a collection, each of the original files may start with a byte order mark.
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
    /// Whether the last token was a result. Some files repeat it.
    after_result: bool,
    /// Whether the last token was a move or an annotation. Only then can an annotation follow.
    after_move: bool,
}

impl Reader {
    fn take(&mut self, token: Token) -> Result<(), PgnError> {
        let after_result = std::mem::replace(&mut self.after_result, matches!(token, Token::Result));
        let after_move = std::mem::replace(&mut self.after_move, matches!(token, Token::Word(_)));
        match token {
            Token::Tag {
                name,
                value,
                after_blank_line,
            } => self.tag(name, value, after_blank_line),
            Token::UnreadableTag { starts_line } => {
                // A tag after moves belongs to the next game.
                if starts_line && self.unfinished.as_ref().is_some_and(Unfinished::has_started) {
                    self.close()?;
                }
                Err(self.error("a tag is unreadable".to_owned()))
            }
            Token::Number { number, starts_line } => {
                // Without tags and results, only the move number 1 shows that the next game starts.
                let has_moves = self.unfinished.as_ref().is_some_and(|game| game.plies() >= 2);
                if number == Some(1) && starts_line && has_moves {
                    self.close()?;
                }
                Ok(())
            }
            Token::Result if after_result => Ok(()),
            Token::Result => {
                self.assign_later_tags()?;
                self.unfinished.get_or_insert_default();
                self.close()
            }
            Token::Word(word) if moves::is_annotation(&word, after_move) => Ok(()),
            Token::Word(word) => {
                self.assign_later_tags()?;
                let game = Some(self.number());
                let unfinished = self.unfinished.get_or_insert_default();
                unfinished
                    .play(&word)
                    .map_err(|(ply, reason)| PgnError { game, ply, reason })
            }
        }
    }

    /// Returns the number of the game that is being read.
    fn number(&self) -> usize {
        self.games.len() + 1
    }

    fn error(&self, reason: String) -> PgnError {
        PgnError {
            game: Some(self.number()),
            ply: None,
            reason,
        }
    }

    fn tag(&mut self, name: String, value: String, after_blank_line: bool) -> Result<(), PgnError> {
        if self.unfinished.as_ref().is_some_and(Unfinished::has_started) {
            self.close()?;
        }
        if after_blank_line {
            self.assign_later_tags()?;
        }
        if let Some(game) = &self.unfinished
            && game.is_ended_by_tag(&name)
        {
            self.assign_later_tags()?;
            self.close()?;
        }
        self.unfinished
            .get_or_insert_default()
            .tag(name, value, after_blank_line);
        Ok(())
    }

    /// Decides whether the tags after a blank line belong to the same game.
    fn assign_later_tags(&mut self) -> Result<(), PgnError> {
        if let Some(game) = &mut self.unfinished
            && let Some(next) = game.assign_later_tags()
        {
            self.close()?;
            self.unfinished = Some(next);
        }
        Ok(())
    }

    /// Finishes the game that is being read, if there is one.
    fn close(&mut self) -> Result<(), PgnError> {
        if let Some(game) = self.unfinished.take() {
            let game = game.finish().map_err(|reason| self.error(reason))?;
            self.games.push(game);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<Game>, PgnError> {
        self.assign_later_tags()?;
        self.close()?;
        if self.games.is_empty() {
            return Err(PgnError {
                game: None,
                ply: None,
                reason: "the file contains no game".to_owned(),
            });
        }
        Ok(self.games)
    }
}
