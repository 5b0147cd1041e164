//! Watching a pattern: how it went so far, where one looks, and what the keys do.

use std::{collections::VecDeque, ops::ControlFlow};

use ratatui::{Frame, crossterm::event::KeyCode};

use crate::{
    game::{Census, Game, Position},
    terminal::{Live, Pace, Pressed},
    view,
};

/// How many generations the plots go back.
const REMEMBERED: usize = 10_000;

/// How far one press of an arrow key goes.
const STRIDE: i32 = 8;

/// How far the cells may be from the middle of the view until it follows them.
const LEASH: i32 = 8;

/// A pattern and its name.
pub(crate) struct Pattern {
    pub(crate) name: String,
    pub(crate) cells: Vec<Position>,
}

/// Patterns that are watched one at a time.
pub(crate) struct Watch<'a> {
    patterns: &'a [Pattern],
    current: usize,
    /// After how many generations it is to pause by itself.
    until: Option<u64>,
    pub(crate) game: Game,
    pub(crate) census: Census,
    /// The latest generations, the oldest first.
    pub(crate) history: VecDeque<Generation>,
    /// The place in the middle of the view.
    pub(crate) middle: Position,
    /// Whether the view goes where the cells go.
    pub(crate) following: bool,
    pub(crate) zoomed_out: bool,
    pub(crate) pace: Pace,
}

/// What is plotted of a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Generation {
    pub(crate) number: u64,
    pub(crate) population: usize,
    pub(crate) deleted: usize,
}

impl<'a> Watch<'a> {
    /// Begins with the first pattern.
    pub(crate) fn begin(patterns: &'a [Pattern], until: Option<u64>) -> Result<Self, String> {
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

    pub(crate) fn name(&self) -> &str {
        &self.patterns[self.current].name
    }

    /// Goes to the next pattern; to the first after the last.
    pub(crate) fn next_pattern(&mut self) -> Result<(), String> {
        let next = (self.current + 1) % self.patterns.len();
        *self = Self::of(self.patterns, next, self.until, self.pace.clone())?;
        Ok(())
    }

    /// Writes the generation down. It is an error if the index of positions is not what lives.
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

    /// Moves by one place at a time, so that the eye can follow as well.
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

    /// Makes a generation.
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

/// The mean of these places; where nothing is, that where the numbers begin.
fn middle(cells: impl Iterator<Item = Position>) -> Position {
    let (mut count, mut x, mut y) = (0, 0, 0);
    for cell in cells {
        count += 1;
        x += i64::from(cell.0);
        y += i64::from(cell.1);
    }
    ((x / count.max(1)) as i32, (y / count.max(1)) as i32)
}
