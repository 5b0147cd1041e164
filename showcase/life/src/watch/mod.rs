//! The live view of the patterns: its state, and its keys.

#[cfg(test)]
mod tests;
mod view;

use std::{collections::VecDeque, ops::ControlFlow};

use ratatui::{Frame, crossterm::event::KeyCode};
use showcase_terminal::{Failure, Live, Pace, Pressed};

use crate::game::{Census, Game, Pattern, Position};

/// The number of generations in the plots.
const REMEMBERED: usize = 10_000;

/// How far an arrow key moves the view.
const STRIDE: i32 = 8;

/// The distance of the cells from the middle of the view at which it begins to follow them.
const LEASH: i32 = 8;

/// Shows the patterns in the terminal until the user leaves.
pub(crate) fn watch(patterns: &[Pattern], until: Option<u64>) -> Result<String, Failure> {
    let mut watch = Watch::begin(patterns, until).map_err(Failure::Claim)?;
    showcase_terminal::watch(&mut watch).map(|()| String::new())
}

/// The generation that the picture shows.
const PICTURED: u64 = 400;

/// The view of the second pattern, or of the only one, as an SVG picture. The second bundled pattern is the acorn.
pub(crate) fn picture(patterns: &[Pattern], until: Option<u64>) -> Result<String, String> {
    let mut watch = Watch::begin(patterns, until)?;
    watch.next_pattern()?;
    for _ in 0..PICTURED {
        watch.step()?;
    }
    Ok(showcase_terminal::picture(&watch, 125, 37))
}

/// Patterns that are shown one at a time.
struct Watch<'a> {
    patterns: &'a [Pattern],
    current: usize,
    /// The generation at which it pauses by itself.
    until: Option<u64>,
    game: Game,
    census: Census,
    /// The latest generations, the oldest first.
    history: VecDeque<Generation>,
    /// The position in the middle of the view.
    middle: Position,
    /// Whether the view follows the cells.
    following: bool,
    zoomed_out: bool,
    pace: Pace,
}

/// The plotted numbers of a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Generation {
    number: u64,
    population: usize,
    deleted: usize,
}

impl<'a> Watch<'a> {
    /// Begins with the first pattern.
    fn begin(patterns: &'a [Pattern], until: Option<u64>) -> Result<Self, String> {
        Self::of(patterns, 0, until, Pace::running(20))
    }

    fn of(patterns: &'a [Pattern], current: usize, until: Option<u64>, pace: Pace) -> Result<Self, String> {
        let cells = &patterns[current].cells;
        let mut watch = Self {
            patterns,
            current,
            until,
            game: Game::begin(cells),
            census: Census::default(),
            history: VecDeque::new(),
            middle: middle(cells.iter().copied()),
            following: true,
            zoomed_out: false,
            pace,
        };
        watch.note()?;
        Ok(watch)
    }

    fn name(&self) -> &str {
        &self.patterns[self.current].name
    }

    /// Begins the next pattern; after the last pattern, the first.
    fn next_pattern(&mut self) -> Result<(), String> {
        let next = (self.current + 1) % self.patterns.len();
        *self = Self::of(self.patterns, next, self.until, self.pace.clone())?;
        Ok(())
    }

    /// Adds the current generation to the history. Fails if the index of positions differs from the living cells.
    fn note(&mut self) -> Result<(), String> {
        let census = self.game.census();
        self.census = census.map_err(|claim| format!("{}: {claim}", self.name()))?;
        if self.history.len() == REMEMBERED {
            self.history.pop_front();
        }
        self.history.push_back(Generation {
            number: self.census.generations,
            population: self.census.population,
            deleted: self.game.dead().len(),
        });
        if self.until == Some(self.census.generations) {
            self.pace.running = false;
        }
        Ok(())
    }

    fn look_around(&mut self, x: i32, y: i32) {
        let (from_x, from_y) = self.middle;
        self.middle = (from_x.saturating_add(x * STRIDE), from_y.saturating_add(y * STRIDE));
        self.following = false;
    }

    /// Moves the view by one position at a time, so that the user can follow it.
    fn follow(&mut self) {
        let (x, y) = middle(self.game.alive());
        let towards = |from: i32, to: i32| match to.saturating_sub(from) {
            distance if distance.abs() > LEASH => from + distance.signum(),
            _ => from,
        };
        self.middle = (towards(self.middle.0, x), towards(self.middle.1, y));
    }
}

impl Live for Watch<'_> {
    fn draw(&self, frame: &mut Frame<'_>) {
        view::draw(self, frame);
    }

    /// Computes a generation.
    fn step(&mut self) -> Result<(), String> {
        self.game.step();
        self.note()?;
        if self.following {
            self.follow();
        }
        Ok(())
    }

    fn press(&mut self, key: KeyCode) -> Result<ControlFlow<()>, String> {
        match (self.pace.press(key), key) {
            (Pressed::Quit, _) => return Ok(ControlFlow::Break(())),
            (Pressed::Step, _) => self.step()?,
            (Pressed::Other, KeyCode::Left) => self.look_around(-1, 0),
            (Pressed::Other, KeyCode::Right) => self.look_around(1, 0),
            (Pressed::Other, KeyCode::Up) => self.look_around(0, -1),
            (Pressed::Other, KeyCode::Down) => self.look_around(0, 1),
            (Pressed::Other, KeyCode::Char('f')) => {
                self.following = true;
                self.middle = middle(self.game.alive());
            }
            (Pressed::Other, KeyCode::Char('z')) => self.zoomed_out = !self.zoomed_out,
            (Pressed::Other, KeyCode::Char('p')) => self.next_pattern()?,
            _ => {}
        }
        Ok(ControlFlow::Continue(()))
    }

    fn pace(&self) -> &Pace {
        &self.pace
    }
}

/// The mean of these positions; the origin if there are none.
fn middle(cells: impl Iterator<Item = Position>) -> Position {
    let (mut count, mut x, mut y) = (0, 0, 0);
    for cell in cells {
        count += 1;
        x += i64::from(cell.0);
        y += i64::from(cell.1);
    }
    ((x / count.max(1)) as i32, (y / count.max(1)) as i32)
}
