//! The event loop of a live view.

use std::{
    fmt::Display,
    io::{self, IsTerminal},
    ops::ControlFlow,
    time::Instant,
};

use ratatui::{
    DefaultTerminal, Frame, Terminal,
    backend::TestBackend,
    crossterm::event::{self, Event, KeyCode, KeyEvent, KeyModifiers},
};

use crate::{outcome::Failure, pace::Pace, svg::svg};

/// A program that runs step by step, and is drawn after each step.
pub trait Live {
    /// Draws the current state.
    fn draw(&self, frame: &mut Frame<'_>);

    /// Runs one step. An error closes the view.
    fn step(&mut self) -> Result<(), String>;

    /// Handles a key. Returns `Break` if the user quits.
    fn press(&mut self, key: KeyCode) -> Result<ControlFlow<()>, String>;

    /// Returns whether the view runs, and how fast.
    fn pace(&self) -> &Pace;
}

/// Shows the program in the terminal until the user quits, then restores the terminal, also after a panic.
///
/// # Errors
///
/// Fails if the standard output is not a terminal, or if a step or the handling of a key fails.
pub fn watch(live: &mut impl Live) -> Result<(), Failure> {
    if !io::stdout().is_terminal() {
        return Err(no_terminal("the standard output is not a terminal"));
    }
    // `try_init` also installs a panic hook that restores the terminal.
    let result = match ratatui::try_init() {
        Ok(mut terminal) => run(&mut terminal, live),
        Err(error) => Err(no_terminal(error)),
    };
    ratatui::restore();
    result
}

fn no_terminal(reason: impl Display) -> Failure {
    Failure::Input(format!("--watch needs a terminal: {reason}"))
}

fn run(terminal: &mut DefaultTerminal, live: &mut impl Live) -> Result<(), Failure> {
    let mut last_step = Instant::now();
    loop {
        terminal.draw(|frame| live.draw(frame)).map_err(no_terminal)?;
        let has_event = match live.pace().interval() {
            Some(interval) => event::poll(interval.saturating_sub(last_step.elapsed())).map_err(no_terminal)?,
            // While the view is paused, only an event changes it.
            None => true,
        };
        if has_event
            && let Event::Key(key) = event::read().map_err(no_terminal)?
            && key.is_press()
            && live.press(key_code(key)).map_err(Failure::Assertion)?.is_break()
        {
            return Ok(());
        }
        if let Some(interval) = live.pace().interval()
            && last_step.elapsed() >= interval
        {
            live.step().map_err(Failure::Assertion)?;
            last_step = Instant::now();
        }
    }
}

/// Returns the code of the key, or Escape for Ctrl-C: in raw mode, the terminal reports Ctrl-C as a key instead of
/// interrupting the program.
pub(crate) fn key_code(key: KeyEvent) -> KeyCode {
    if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
        KeyCode::Esc
    } else {
        key.code
    }
}

/// Draws the view in a terminal of this size. Returns its content as an SVG picture.
pub fn picture(live: &impl Live, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal in memory does not fail");
    terminal
        .draw(|frame| live.draw(frame))
        .expect("a terminal in memory does not fail");
    svg(terminal.backend().buffer())
}
