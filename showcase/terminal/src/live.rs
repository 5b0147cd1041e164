//! The loop of a live view: it draws, waits for keys and steps.

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

/// A program that runs step by step and is shown after each.
pub trait Live {
    /// Draws the current state.
    fn draw(&self, frame: &mut Frame<'_>);

    /// Makes one step. An error ends the view.
    fn step(&mut self) -> Result<(), String>;

    /// Handles a key. Breaks if the user leaves.
    fn press(&mut self, key: KeyCode) -> Result<ControlFlow<()>, String>;

    /// Whether it steps by itself, and how fast.
    fn pace(&self) -> &Pace;
}

/// Shows the program in the terminal until the user leaves. Afterwards the terminal is restored, also after a panic.
///
/// # Errors
///
/// If there is no terminal, or a step or a key fails.
pub fn watch(live: &mut impl Live) -> Result<(), Failure> {
    if !io::stdout().is_terminal() {
        return Err(no_terminal("the standard output is none"));
    }
    // From here on, a panic restores the terminal before its message is printed.
    let ended = match ratatui::try_init() {
        Ok(mut terminal) => run(&mut terminal, live),
        Err(error) => Err(no_terminal(error)),
    };
    ratatui::restore();
    ended
}

fn no_terminal(why: impl Display) -> Failure {
    Failure::Input(format!("--watch needs a terminal: {why}"))
}

fn run(terminal: &mut DefaultTerminal, live: &mut impl Live) -> Result<(), Failure> {
    let mut last_step = Instant::now();
    loop {
        terminal.draw(|frame| live.draw(frame)).map_err(no_terminal)?;
        let pressed = match live.pace().interval() {
            Some(interval) => event::poll(interval.saturating_sub(last_step.elapsed())).map_err(no_terminal)?,
            // While it is paused, only a key or a new size of the window changes anything.
            None => true,
        };
        if pressed
            && let Event::Key(key) = event::read().map_err(no_terminal)?
            && key.is_press()
            && live.press(key_code(key)).map_err(Failure::Claim)?.is_break()
        {
            return Ok(());
        }
        if let Some(interval) = live.pace().interval()
            && last_step.elapsed() >= interval
        {
            live.step().map_err(Failure::Claim)?;
            last_step = Instant::now();
        }
    }
}

/// The key, with Escape in place of Ctrl-C: in this mode the terminal reports Ctrl-C as a key and does not end the program.
pub(crate) fn key_code(key: KeyEvent) -> KeyCode {
    if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
        KeyCode::Esc
    } else {
        key.code
    }
}

/// The content of a terminal of this size, as an SVG picture.
///
/// # Panics
///
/// Never: the terminal is only in memory.
pub fn picture(live: &impl Live, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("it is only memory");
    terminal.draw(|frame| live.draw(frame)).expect("it is only memory");
    svg(terminal.backend().buffer())
}
