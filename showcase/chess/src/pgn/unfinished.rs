//! A game that is being read.

use cozy_chess::{Board, Move};

use super::{Game, moves, position, tags::Tags};

/// A game that is being read.
#[derive(Default)]
pub(super) struct Unfinished {
    tags: Tags,
    /// The tags after a blank line, which may belong to the next game.
    later_tags: Option<Tags>,
    /// The position at the start and the current one; `None` before the first move.
    boards: Option<(Board, Board)>,
    plies: Vec<(Move, String)>,
}

impl Unfinished {
    pub(super) fn has_begun(&self) -> bool {
        self.boards.is_some()
    }

    pub(super) fn plies(&self) -> usize {
        self.plies.len()
    }

    /// Whether a tag of this name can only belong to the next game.
    pub(super) fn ends_before(&self, name: &str) -> bool {
        self.later_tags.as_ref().unwrap_or(&self.tags).begins_anew_with(name)
    }

    pub(super) fn tag(&mut self, name: String, value: String, after_blank_line: bool) {
        if after_blank_line && !self.tags.is_empty() {
            self.later_tags.get_or_insert_default();
        }
        self.later_tags.as_mut().unwrap_or(&mut self.tags).push(name, value);
    }

    /// Decides whether the tags after a blank line belong to this game. If not, returns the next game, begun with them.
    pub(super) fn settle_sections(&mut self) -> Option<Self> {
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

    /// The current position, or the reason why the position at the start is not one of standard chess.
    pub(super) fn begin(&mut self) -> Result<&mut Board, String> {
        if self.boards.is_none() {
            let start = position::start(&self.tags)?;
            self.boards = Some((start.clone(), start));
        }
        Ok(&mut self.boards.as_mut().expect("they were just set").1)
    }

    /// Makes the move that a word means. An error has the name of the ply and the reason.
    pub(super) fn play(&mut self, word: &str) -> Result<(), (Option<String>, String)> {
        let board = self.begin().map_err(|reason| (None, reason))?;
        let (mv, notation) = moves::find(board, word)
            .map_err(|reason| (Some(moves::ply_name(board, &shown(word))), reason.to_owned()))?;
        board.play(mv);
        self.plies.push((mv, notation));
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Game, String> {
        self.begin()?;
        let (start, _) = self.boards.expect("the game has begun");
        Ok(Game {
            white: self.tags.get("White").unwrap_or("?").to_owned(),
            black: self.tags.get("Black").unwrap_or("?").to_owned(),
            start,
            plies: self.plies,
        })
    }
}

/// A word of the file, made fit for a message: on one line, and shortened, since the file may be anything.
fn shown(word: &str) -> String {
    let visible = |letter: char| if letter.is_control() { '\u{fffd}' } else { letter };
    let mut shown: String = word.chars().take(40).map(visible).collect();
    if word.chars().nth(40).is_some() {
        shown.push('…');
    }
    shown
}
