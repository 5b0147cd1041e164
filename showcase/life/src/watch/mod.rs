//! The live view of the patterns: its state and its keys.

#[cfg(test)]
mod tests;
mod view;

use std::{collections::VecDeque, ops::ControlFlow};

use ratatui::{Frame, crossterm::event::KeyCode};
use showcase_terminal::{Failure, Live, Pace, Pressed};

use crate::game::{Census, Game, Pattern, Position};

/// The maximum number of generations in the plots.
const HISTORY_LEN: usize = 10_000;

/// The distance by which an arrow key scrolls the view.
const SCROLL_DISTANCE: i32 = 8;

/// The view follows the cells if their center is further than this from the center of the view.
const FOLLOW_DISTANCE: i32 = 8;

/// Shows the patterns in the terminal until the user quits.
pub(crate) fn watch(patterns: &[Pattern], until: Option<u64>) -> Result<String, Failure> {
    let mut watch = Watch::begin(patterns, until).map_err(Failure::Assertion)?;
    showcase_terminal::watch(&mut watch).map(|()| String::new())
}

/// The generation that the picture shows.
const PICTURE_GENERATION: u64 = 400;

/// Draws the view of the second pattern, or of the only one, as an SVG picture. The second bundled pattern is the
/// acorn.
pub(crate) fn picture(patterns: &[Pattern], until: Option<u64>) -> Result<String, String> {
    let mut watch = Watch::begin(patterns, until)?;
    watch.next_pattern()?;
    for _ in 0..PICTURE_GENERATION {
        watch.step()?;
    }
    Ok(showcase_terminal::picture(&watch, 125, 37))
}

/// The state of the view. It shows one pattern at a time.
struct Watch<'a> {
    patterns: &'a [Pattern],
    current: usize,
    /// The generation at which the view pauses.
    until: Option<u64>,
    game: Game,
    census: Census,
    /// The latest generations, oldest first.
    history: VecDeque<Generation>,
    /// The position at the center of the view.
    center: Position,
    /// Whether the view follows the cells.
    is_following: bool,
    is_zoomed_out: bool,
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
    /// Starts with the first pattern.
    fn begin(patterns: &'a [Pattern], until: Option<u64>) -> Result<Self, String> {
        Self::with_pattern(patterns, 0, until, Pace::running(20))
    }

    fn with_pattern(patterns: &'a [Pattern], current: usize, until: Option<u64>, pace: Pace) -> Result<Self, String> {
        let cells = &patterns[current].cells;
        let mut watch = Self {
            patterns,
            current,
            until,
            game: Game::begin(cells),
            census: Census::default(),
            history: VecDeque::new(),
            center: center(cells.iter().copied()),
            is_following: true,
            is_zoomed_out: false,
            pace,
        };
        watch.record_generation()?;
        Ok(watch)
    }

    fn name(&self) -> &str {
        &self.patterns[self.current].name
    }

    /// Starts the next pattern, or the first one after the last.
    fn next_pattern(&mut self) -> Result<(), String> {
        let next = (self.current + 1) % self.patterns.len();
        *self = Self::with_pattern(self.patterns, next, self.until, self.pace.clone())?;
        Ok(())
    }

    /// Adds the current generation to the history. Fails if the counters do not match the living cells.
    fn record_generation(&mut self) -> Result<(), String> {
        let census = self.game.census();
        self.census = census.map_err(|message| format!("{}: {message}", self.name()))?;
        if self.history.len() == HISTORY_LEN {
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

    /// Scrolls the view, which then no longer follows the cells.
    fn scroll(&mut self, x: i32, y: i32) {
        let (center_x, center_y) = self.center;
        self.center = (
            center_x.saturating_add(x * SCROLL_DISTANCE),
            center_y.saturating_add(y * SCROLL_DISTANCE),
        );
        self.is_following = false;
    }

    /// Moves the view towards the cells, by one position at a time.
    fn follow(&mut self) {
        let (x, y) = center(self.game.alive());
        let towards = |from: i32, to: i32| match to.saturating_sub(from) {
            distance if distance.abs() > FOLLOW_DISTANCE => from + distance.signum(),
            _ => from,
        };
        self.center = (towards(self.center.0, x), towards(self.center.1, y));
    }
}

impl Live for Watch<'_> {
    fn draw(&self, frame: &mut Frame<'_>) {
        view::draw(self, frame);
    }

    /// Computes the next generation.
    fn step(&mut self) -> Result<(), String> {
        self.game.step();
        self.record_generation()?;
        if self.is_following {
            self.follow();
        }
        Ok(())
    }

    fn press(&mut self, key: KeyCode) -> Result<ControlFlow<()>, String> {
        match (self.pace.press(key), key) {
            (Pressed::Quit, _) => return Ok(ControlFlow::Break(())),
            (Pressed::Step, _) => self.step()?,
            (Pressed::Other, KeyCode::Left) => self.scroll(-1, 0),
            (Pressed::Other, KeyCode::Right) => self.scroll(1, 0),
            (Pressed::Other, KeyCode::Up) => self.scroll(0, -1),
            (Pressed::Other, KeyCode::Down) => self.scroll(0, 1),
            (Pressed::Other, KeyCode::Char('f')) => {
                self.is_following = true;
                self.center = center(self.game.alive());
            }
            (Pressed::Other, KeyCode::Char('z')) => self.is_zoomed_out = !self.is_zoomed_out,
            (Pressed::Other, KeyCode::Char('p')) => self.next_pattern()?,
            _ => {}
        }
        Ok(ControlFlow::Continue(()))
    }

    fn pace(&self) -> &Pace {
        &self.pace
    }
}

/// Returns the mean of the positions, or the origin if there are none.
fn center(cells: impl Iterator<Item = Position>) -> Position {
    let (mut count, mut x, mut y) = (0, 0, 0);
    for cell in cells {
        count += 1;
        x += i64::from(cell.0);
        y += i64::from(cell.1);
    }
    ((x / count.max(1)) as i32, (y / count.max(1)) as i32)
}
