//! How fast a view steps, and the keys that change it.

use std::time::Duration;

use ratatui::crossterm::event::KeyCode;

/// The speeds to choose from, in steps per second.
const SPEEDS: [u32; 8] = [1, 2, 5, 10, 20, 50, 100, 200];

/// Whether a view steps by itself, and how fast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Whether it steps by itself.
    pub running: bool,
    /// Steps per second while it runs.
    pub per_second: u32,
}

/// The effect of a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Pressed {
    /// The user leaves.
    Quit,
    /// One step is due.
    Step,
    /// The key changed the pace. Nothing else is due.
    Done,
    /// The key has nothing to do with the pace.
    Other,
}

impl Pace {
    /// A pace at which the view steps by itself.
    pub fn running(per_second: u32) -> Self {
        Self {
            running: true,
            per_second,
        }
    }

    /// The time from one step to the next; `None` while it is paused.
    pub fn interval(&self) -> Option<Duration> {
        self.running.then(|| Duration::from_secs(1) / self.per_second)
    }

    /// Changes the pace if the key is for that.
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
        Pressed::Done
    }
}

impl std::fmt::Display for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = if self.running { "running" } else { "paused" };
        write!(f, "{state}, {} a second", self.per_second)
    }
}
