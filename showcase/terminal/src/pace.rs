//! How fast a view goes on, and the keys that say so.

use std::time::Duration;

use ratatui::crossterm::event::KeyCode;

/// Steps a second to choose from.
const SPEEDS: [u32; 8] = [1, 2, 5, 10, 20, 50, 100, 200];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    pub(crate) running: bool,
    pub(crate) per_second: u32,
}

/// What is to be done about a key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Pressed {
    Quit,
    Step,
    /// It was about the pace, and nothing else is to be done.
    Done,
    /// It was about something else.
    Other,
}

impl Pace {
    pub(crate) fn running(per_second: u32) -> Self {
        Self {
            running: true,
            per_second,
        }
    }

    /// The time from one step to the next; `None` if it pauses.
    pub(crate) fn interval(&self) -> Option<Duration> {
        self.running.then(|| Duration::from_secs(1) / self.per_second)
    }

    pub(crate) fn press(&mut self, key: KeyCode) -> Pressed {
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
