//! The list of keys below a view.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Modifier, Style},
    text::{Line, Span},
    widgets::Paragraph,
};

/// A key and the description of its effect.
pub type Key = (&'static str, &'static str);

/// The keys of every view. The additional keys of a view are listed between them.
const FIRST: [Key; 3] = [("space", "run/pause"), ("n", "next step"), ("+ -", "speed")];
const LAST: [Key; 1] = [("q", "quit")];

/// Draws the keys at the bottom, in as many lines as they need. Returns the area that is left for the view.
pub fn draw_with_footer(frame: &mut Frame<'_>, keys: &[Key]) -> Rect {
    let lines = lines(&[&FIRST, keys, &LAST].concat(), frame.area().width);
    let needed = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    // A small terminal has no room for all keys.
    let height = needed.min(frame.area().height / 4);
    let [view, footer] = Layout::vertical([Constraint::Min(0), Constraint::Length(height)]).areas(frame.area());
    frame.render_widget(Paragraph::new(lines), footer);
    view
}

fn lines(keys: &[Key], width: u16) -> Vec<Line<'static>> {
    let mut lines = vec![Line::default()];
    for (key, effect) in keys {
        let spans = [
            Span::styled(format!(" {key} "), Style::new().add_modifier(Modifier::REVERSED)),
            Span::raw(format!(" {effect}  ")),
        ];
        let needed = spans.iter().map(Span::width).sum::<usize>();
        let last = lines.last_mut().expect("there is at least one line");
        if last.width() > 0 && last.width() + needed > usize::from(width) {
            lines.push(Line::from_iter(spans));
        } else {
            last.extend(spans);
        }
    }
    lines
}
