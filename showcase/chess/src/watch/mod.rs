//! The live view of the games: its state, and its keys.

mod board;
mod books_view;
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
    books::{CAPTURED, Loss},
    pgn::Game,
    pieces::{LostPiece, Piece},
    replay::Replay,
};

/// Shows the games in the terminal until the user leaves.
pub(crate) fn watch(games: &[Game]) -> Result<String, Failure> {
    let mut watch = Watch::begin(games).map_err(Failure::Claim)?;
    showcase_terminal::watch(&mut watch).map(|()| String::new())
}

/// The ply of the last game that the picture shows: in the bundled game, White has just taken the queen.
const PICTURED: usize = 35;

/// The view of the last game after [`PICTURED`] plies, as an SVG picture.
pub(crate) fn picture(games: &[Game]) -> Result<String, String> {
    let mut watch = Watch::begin(games)?;
    for _ in 1..games.len() {
        watch.next_game()?;
    }
    for _ in 0..PICTURED {
        watch.step()?;
    }
    Ok(showcase_terminal::picture(&watch, 125, 37))
}

/// Games that are shown one after the other.
struct Watch<'a> {
    games: &'a [Game],
    /// The index of the game that is shown.
    current: usize,
    replay: Replay<'a>,
    /// The counters before the last step.
    before: Tally,
    pace: Pace,
}

impl<'a> Watch<'a> {
    /// Begins with the first game.
    fn begin(games: &'a [Game]) -> Result<Self, String> {
        let replay = Replay::begin(&games[0])?;
        Ok(Self {
            games,
            current: 0,
            before: Tally::of(&replay),
            replay,
            pace: Pace::running(2),
        })
    }

    /// Begins the next game; after the last game, the first.
    fn next_game(&mut self) -> Result<(), String> {
        self.current = (self.current + 1) % self.games.len();
        self.replay = Replay::begin(&self.games[self.current])?;
        self.before = Tally::of(&self.replay);
        Ok(())
    }

    /// Makes plies until one of them captures, or until the end of the game.
    fn next_capture(&mut self) -> Result<(), String> {
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

    /// Makes a ply. After the end of a game, begins the next one; after the last game, pauses.
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
struct Tally {
    captured: [[usize; cozy_chess::Piece::NUM]; 2],
    sprite_uses: [[usize; cozy_chess::Piece::NUM]; 2],
}

impl Tally {
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
