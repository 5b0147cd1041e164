//! The speed of a view, and the keys that change it.

use std::time::Duration;

use ratatui::crossterm::event::KeyCode;

/// The available speeds, in steps per second.
const SPEEDS: [u32; 8] = [1, 2, 5, 10, 20, 50, 100, 200];

/// Whether a view runs, and how fast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Whether the view runs. If not, it is paused.
    pub running: bool,
    /// The number of steps per second while the view runs.
    pub per_second: u32,
}

/// The effect of a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Pressed {
    /// The user quits.
    Quit,
    /// The user asked for one step.
    Step,
    /// The key changed the pace.
    PaceChanged,
    /// The key does not affect the pace.
    Other,
}

impl Pace {
    /// Creates the pace of a view that runs at this speed.
    pub fn running(per_second: u32) -> Self {
        Self {
            running: true,
            per_second,
        }
    }

    /// Returns the time between two steps, or `None` while the view is paused.
    pub fn interval(&self) -> Option<Duration> {
        self.running.then(|| Duration::from_secs(1) / self.per_second)
    }

    /// Handles a key. Returns its effect.
    pub fn press(&mut self, key: KeyCode) -> Pressed {
        match key {
            KeyCode::Char('q') | KeyCode::Esc => return Pressed::Quit,
            KeyCode::Char('n') | KeyCode::Enter => {
                self.running = false;
                return Pressed::Step;
            }
            KeyCode::Char(' ') => self.running = !self.running,
            KeyCode::Char('+' | '=') => {
                let faster = SPEEDS.into_iter().find(|speed| *speed > self.per_second);
                self.per_second = faster.unwrap_or(self.per_second);
            }
            KeyCode::Char('-') => {
                let slower = SPEEDS.into_iter().rfind(|speed| *speed < self.per_second);
                self.per_second = slower.unwrap_or(self.per_second);
            }
            _ => return Pressed::Other,
        }
        Pressed::PaceChanged
    }
}

impl std::fmt::Display for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = if self.running { "running" } else { "paused" };
        write!(f, "{state}, {} steps per second", self.per_second)
    }
}
