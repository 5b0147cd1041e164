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

use cozy_chess::{Board, Move};
use showcase_terminal::decode;

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

/// The reason why a game is rejected.
struct Rejection {
    /// The line of the rejected token, or of the first tag of the game if its position is rejected.
    line: usize,
    /// The rejected ply, for example `12. Qxh9` or `12... Qxh9`.
    ply: Option<String>,
    reason: String,
}

impl Rejection {
    fn new(line: usize, reason: impl Into<String>) -> Self {
        Self {
            line,
            ply: None,
            reason: reason.into(),
        }
    }
}

/// Reads all games of a file. The error is about the first game that is rejected.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Game>, String> {
    let mut reader = Reader::default();
    if let Err(Rejection { line, ply, reason }) = reader.read(&decode(bytes)) {
        let game = reader.games.len() + 1;
        let ply = ply.map_or_else(String::new, |ply| format!("{ply}: "));
        return Err(format!("line {line}, game {game}: {ply}{reason}"));
    }
    if reader.games.is_empty() {
        return Err("the file contains no game".to_owned());
    }
    Ok(reader.games)
}

/// Groups tokens into games.
#[derive(Default)]
struct Reader {
    games: Vec<Game>,
    /// The line of the last token.
    line: usize,
    unfinished: Option<Unfinished>,
    /// Whether the last token was a result. Some files repeat it.
    after_result: bool,
    /// Whether the last token was a move or an annotation. Only then can an annotation follow.
    after_move: bool,
}

impl Reader {
    fn read(&mut self, text: &str) -> Result<(), Rejection> {
        let mut tokens = Tokens::new(text);
        while let Some(token) = tokens.next() {
            self.line = tokens.line;
            self.take(token.map_err(|reason| Rejection::new(self.line, reason))?)?;
        }
        self.assign_later_tags()?;
        self.close()
    }

    fn take(&mut self, token: Token) -> Result<(), Rejection> {
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
                Err(Rejection::new(self.line, "a tag is unreadable"))
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
                let line = self.line;
                self.unfinished.get_or_insert_default().play(&word, line)
            }
        }
    }

    fn tag(&mut self, name: String, value: String, after_blank_line: bool) -> Result<(), Rejection> {
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
        let line = self.line;
        self.unfinished
            .get_or_insert_default()
            .tag(name, value, line, after_blank_line);
        Ok(())
    }

    /// Decides whether the tags after a blank line belong to the same game.
    fn assign_later_tags(&mut self) -> Result<(), Rejection> {
        if let Some(game) = &mut self.unfinished
            && let Some(next) = game.assign_later_tags()
        {
            self.close()?;
            self.unfinished = Some(next);
        }
        Ok(())
    }

    /// Finishes the game that is being read, if there is one.
    fn close(&mut self) -> Result<(), Rejection> {
        if let Some(game) = self.unfinished.take() {
            self.games.push(game.finish()?);
        }
        Ok(())
    }
}
