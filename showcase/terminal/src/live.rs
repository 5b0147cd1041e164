//! What the live views of the examples share: the loop that draws, waits for keys and steps. It knows nothing of Bevy.

mod footer;
mod outcome;
mod pace;
mod svg;
#[cfg(test)]
mod tests;

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

pub(crate) use footer::{Key, draw_with_footer};
pub(crate) use outcome::{Failure, finish};
pub(crate) use pace::{Pace, Pressed};

/// Something that goes on step by step, and can be watched.
pub(crate) trait Live {
    fn draw(&self, frame: &mut Frame<'_>);

    /// Makes one step. An error ends the view.
    fn step(&mut self) -> Result<(), String>;

    /// Does what the key is for; breaks if it is for leaving.
    fn press(&mut self, key: KeyCode) -> Result<ControlFlow<()>, String>;

    /// Whether it steps by itself, and how fast.
    fn pace(&self) -> &Pace;
}

/// Shows it in the terminal until the user leaves. The terminal is as it was afterwards, after a panic as well.
pub(crate) fn watch(live: &mut impl Live) -> Result<(), Failure> {
    if !io::stdout().is_terminal() {
        return Err(no_terminal("the standard output is none"));
    }
    // From here on, a panic restores the terminal before it says anything.
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
            // Nothing happens but by a key, or when the window changes its size.
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

/// The key; the terminal tells of Ctrl-C as of any other, where it usually ends a program.
fn key_code(key: KeyEvent) -> KeyCode {
    if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
        KeyCode::Esc
    } else {
        key.code
    }
}

/// What a terminal of this size would show, as a picture.
pub(crate) fn picture(live: &impl Live, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("it is only memory");
    terminal.draw(|frame| live.draw(frame)).expect("it is only memory");
    svg::svg(terminal.backend().buffer())
}
