//! The live view of the games: its state and its keys.

mod board;
mod panels;
mod sprites;
#[cfg(test)]
mod tests;
mod view;

use std::ops::ControlFlow;

use bevy_post_delete::prelude::*;
use cozy_chess::Color;
use ratatui::{Frame, crossterm::event::KeyCode};
use showcase_terminal::{Failure, Live, Pace, Pressed};

use crate::{
    pgn::Game,
    pieces::{LostPiece, Piece},
    receivers::{CAPTURED, Loss},
    replay::Replay,
};

/// Shows the games in the terminal until the user quits.
pub(crate) fn watch(games: &[Game]) -> Result<String, Failure> {
    let mut watch = Watch::begin(games).map_err(Failure::Assertion)?;
    showcase_terminal::watch(&mut watch).map(|()| String::new())
}

/// The ply of the last game that the picture shows. In the bundled game, White has just captured the queen.
const PICTURE_PLY: usize = 35;

/// Draws the view of the last game after [`PICTURE_PLY`] plies as an SVG picture.
pub(crate) fn picture(games: &[Game]) -> Result<String, String> {
    let mut watch = Watch::begin(games)?;
    for _ in 1..games.len() {
        watch.next_game()?;
    }
    for _ in 0..PICTURE_PLY {
        watch.step()?;
    }
    Ok(showcase_terminal::picture(&watch, 125, 37))
}

/// The state of the view. It shows the games one after another.
struct Watch<'a> {
    games: &'a [Game],
    /// The index of the game that is shown.
    current: usize,
    replay: Replay<'a>,
    /// The counters before the last step.
    previous: Counters,
    pace: Pace,
}

impl<'a> Watch<'a> {
    /// Starts with the first game.
    fn begin(games: &'a [Game]) -> Result<Self, String> {
        let replay = Replay::begin(&games[0])?;
        Ok(Self {
            games,
            current: 0,
            previous: Counters::of(&replay),
            replay,
            pace: Pace::running(2),
        })
    }

    /// Starts the next game, or the first one after the last.
    fn next_game(&mut self) -> Result<(), String> {
        self.current = (self.current + 1) % self.games.len();
        self.replay = Replay::begin(&self.games[self.current])?;
        self.previous = Counters::of(&self.replay);
        Ok(())
    }

    /// Makes plies until one of them is a capture, or until the game is over.
    fn next_capture(&mut self) -> Result<(), String> {
        while self.step_in_game()? {
            let mut deleted = self.replay.last_deletions().iter();
            if deleted.any(|deletion| deletion.origin.reason == Some(CAPTURED)) {
                break;
            }
        }
        Ok(())
    }

    /// Makes the next ply of the current game. Returns `false` if the game was already over.
    fn step_in_game(&mut self) -> Result<bool, String> {
        let previous = Counters::of(&self.replay);
        let stepped = self.replay.step();
        let stepped = stepped.map_err(|message| format!("game {}: {message}", self.current + 1))?;
        if stepped {
            self.previous = previous;
        }
        Ok(stepped)
    }
}

impl Live for Watch<'_> {
    fn draw(&self, frame: &mut Frame<'_>) {
        view::draw(self, frame);
    }

    /// Makes the next ply. Starts the next game when one is over, and pauses after the last game.
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

/// The counters for each color and role.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Counters {
    captured: [[usize; cozy_chess::Piece::NUM]; 2],
    sprite_uses: [[usize; cozy_chess::Piece::NUM]; 2],
}

impl Counters {
    fn of(replay: &Replay<'_>) -> Self {
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
