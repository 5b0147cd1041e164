//! The game that is being read.

use cozy_chess::{Board, Move};
use showcase_terminal::shortened;

use super::{Game, Rejection, moves, position, tags::Tags};

/// The game that is being read.
#[derive(Default)]
pub(super) struct Unfinished {
    tags: Tags,
    /// The tags after a blank line, which may belong to the next game.
    later_tags: Option<Tags>,
    /// The starting position and the current position, or `None` before the first move.
    boards: Option<(Board, Board)>,
    plies: Vec<(Move, String)>,
}

impl Unfinished {
    pub(super) fn has_started(&self) -> bool {
        self.boards.is_some()
    }

    pub(super) fn plies(&self) -> usize {
        self.plies.len()
    }

    /// Returns whether a tag with this name can only belong to the next game.
    pub(super) fn is_ended_by_tag(&self, name: &str) -> bool {
        self.later_tags.as_ref().unwrap_or(&self.tags).starts_next_game(name)
    }

    pub(super) fn tag(&mut self, name: String, value: String, line: usize, after_blank_line: bool) {
        if after_blank_line && !self.tags.is_empty() {
            self.later_tags.get_or_insert_default();
        }
        self.later_tags
            .as_mut()
            .unwrap_or(&mut self.tags)
            .push(name, value, line);
    }

    /// Assigns the tags after a blank line to this game or to the next one. In the second case, returns the next game.
    pub(super) fn assign_later_tags(&mut self) -> Option<Self> {
        let later = self.later_tags.take()?;
        if later.repeats(&self.tags) {
            return Some(Self {
                tags: later,
                ..Self::default()
            });
        }
        self.tags.extend(later);
        None
    }

    /// Returns the current position. Fails if the starting position is not one of standard chess.
    fn board(&mut self) -> Result<&mut Board, Rejection> {
        if self.boards.is_none() {
            let start = position::start(&self.tags).map_err(|reason| Rejection::new(self.tags.line(), reason))?;
            self.boards = Some((start.clone(), start));
        }
        Ok(&mut self.boards.as_mut().expect("the boards were just set").1)
    }

    /// Makes the move with this notation, which is in this line.
    pub(super) fn play(&mut self, word: &str, line: usize) -> Result<(), Rejection> {
        let board = self.board()?;
        let (mv, notation) = moves::find(board, word).map_err(|reason| Rejection {
            ply: Some(moves::ply_label(board, &shortened(word, 40))),
            ..Rejection::new(line, reason)
        })?;
        board.play(mv);
        self.plies.push((mv, notation));
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Game, Rejection> {
        self.board()?;
        let (start, _) = self.boards.expect("the boards were just set");
        Ok(Game {
            white: self.tags.get("White").unwrap_or("?").to_owned(),
            black: self.tags.get("Black").unwrap_or("?").to_owned(),
            start,
            plies: self.plies,
        })
    }
}
