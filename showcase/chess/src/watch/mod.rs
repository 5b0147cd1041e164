//! Watching the games: where one is, and what the keys do.

use std::ops::ControlFlow;

use bevy_post_delete::prelude::*;
use cozy_chess::Color;
use ratatui::{Frame, crossterm::event::KeyCode};

use crate::{
    books::{CAPTURED, Loss},
    pgn::Game,
    pieces::{LostPiece, Piece},
    replay::Replay,
    terminal::{Live, Pace, Pressed},
    view,
};

/// Games that are watched one after the other.
pub(crate) struct Watch<'a> {
    pub(crate) games: &'a [Game],
    /// Which of them it is.
    pub(crate) current: usize,
    pub(crate) replay: Replay<'a>,
    /// The books before the last step.
    pub(crate) before: Tally,
    pub(crate) pace: Pace,
}

impl<'a> Watch<'a> {
    /// Begins with the first game.
    pub(crate) fn begin(games: &'a [Game]) -> Result<Self, String> {
        let replay = Replay::begin(&games[0])?;
        Ok(Self {
            games,
            current: 0,
            before: Tally::of(&replay),
            replay,
            pace: Pace::running(2),
        })
    }

    /// Goes to the next game; to the first after the last.
    pub(crate) fn next_game(&mut self) -> Result<(), String> {
        self.current = (self.current + 1) % self.games.len();
        self.replay = Replay::begin(&self.games[self.current])?;
        self.before = Tally::of(&self.replay);
        Ok(())
    }

    /// Makes plies until one of them captures, or until the end of the game.
    pub(crate) fn next_capture(&mut self) -> Result<(), String> {
        while self.step_in_game()? {
            let mut deleted = self.replay.last_deletions().iter();
            if deleted.any(|deletion| deletion.origin.reason == Some(CAPTURED)) {
                break;
            }
        }
        Ok(())
    }

    fn step_in_game(&mut self) -> Result<bool, String> {
        let before = Tally::of(&self.replay);
        let stepped = self.replay.step();
        let stepped = stepped.map_err(|claim| format!("game {}: {claim}", self.current + 1))?;
        if stepped {
            self.before = before;
        }
        Ok(stepped)
    }
}

impl Live for Watch<'_> {
    fn draw(&self, frame: &mut Frame<'_>) {
        view::draw(self, frame);
    }

    /// Makes a ply. At the end of a game the next one begins; at the end of the last one it pauses.
    fn step(&mut self) -> Result<(), String> {
        if !self.step_in_game()? {
            if self.current + 1 < self.games.len() {
                self.next_game()?;
            } else {
                self.pace.running = false;
            }
        }
        Ok(())
    }

    fn press(&mut self, key: KeyCode) -> Result<ControlFlow<()>, String> {
        match (self.pace.press(key), key) {
            (Pressed::Quit, _) => return Ok(ControlFlow::Break(())),
            (Pressed::Step, _) => self.step()?,
            (Pressed::Other, KeyCode::Char('c')) => {
                self.pace.running = false;
                self.next_capture()?;
            }
            (Pressed::Other, KeyCode::Char('g')) => self.next_game()?,
            _ => {}
        }
        Ok(ControlFlow::Continue(()))
    }

    fn pace(&self) -> &Pace {
        &self.pace
    }
}

/// What the books say of each color's pieces of each role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) captured: [[usize; cozy_chess::Piece::NUM]; 2],
    pub(crate) sprite_uses: [[usize; cozy_chess::Piece::NUM]; 2],
}

impl Tally {
    pub(crate) fn of(replay: &Replay<'_>) -> Self {
        let losses = replay.world().resource::<DeleteCounts<LostPiece, Loss>>();
        let uses = replay.world().resource::<AssetUses<Piece>>();
        let each = |count: &dyn Fn(Piece) -> usize| {
            Color::ALL.map(|color| cozy_chess::Piece::ALL.map(|role| count(Piece { color, role })))
        };
        Self {
            captured: each(&|piece| losses.get(&(piece, Some(CAPTURED)))),
            sprite_uses: each(&|piece| uses.count(&piece)),
        }
    }
}
