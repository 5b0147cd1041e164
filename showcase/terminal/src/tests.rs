//! The parts of a view, each on its own.

use std::time::Duration;

use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::Buffer,
    crossterm::event::{KeyCode, KeyEvent, KeyModifiers},
    layout::Rect,
    style::{Color, Style},
};

use crate::{Pace, Pressed, draw_with_footer, live::key_code, svg::svg};

#[test]
fn keys_change_the_pace() {
    let mut pace = Pace::running(20);
    assert_eq!(pace.interval(), Some(Duration::from_millis(50)));
    assert_eq!(pace.press(KeyCode::Char('+')), Pressed::Done);
    assert_eq!(pace.per_second, 50);
    for _ in 0..20 {
        pace.press(KeyCode::Char('-'));
    }
    assert_eq!(pace.per_second, 1);
    for _ in 0..20 {
        pace.press(KeyCode::Char('+'));
    }
    assert_eq!(pace.per_second, 200);
    assert_eq!(pace.press(KeyCode::Char(' ')), Pressed::Done);
    assert_eq!(pace.interval(), None);
    assert_eq!(pace.to_string(), "paused, 200 a second");
    pace.press(KeyCode::Char(' '));
    assert_eq!(pace.press(KeyCode::Char('n')), Pressed::Step);
    assert!(!pace.running);
    assert_eq!(pace.press(KeyCode::Char('x')), Pressed::Other);
    assert_eq!(pace.press(KeyCode::Char('q')), Pressed::Quit);
}

#[test]
fn control_c_quits_and_c_does_not() {
    let plain = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::NONE);
    let control = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    let mut pace = Pace::running(1);
    assert_eq!(pace.press(key_code(plain)), Pressed::Other);
    assert_eq!(pace.press(key_code(control)), Pressed::Quit);
}

#[test]
fn the_footer_has_as_many_lines_as_it_needs_but_at_most_a_quarter_of_the_terminal() {
    let view_of = |width, height| {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let mut view = Rect::ZERO;
        terminal
            .draw(|frame| view = draw_with_footer(frame, &[("x", "something else")]))
            .unwrap();
        view.height
    };
    assert_eq!(view_of(100, 24), 23);
    assert_eq!(view_of(60, 24), 22);
    assert_eq!(view_of(10, 8), 6);
    assert_eq!(view_of(1, 1), 1);
}

fn picture(symbols: &[&str]) -> String {
    let mut buffer = Buffer::empty(Rect::new(0, 0, symbols.len() as u16, 1));
    for (cell, symbol) in buffer.content.iter_mut().zip(symbols) {
        cell.set_symbol(symbol).set_fg(Color::Red);
    }
    svg(&buffer)
}

#[test]
fn a_picture_has_words_as_text_and_everything_else_as_shapes() {
    let words = picture(&["a", "<", "b", " ", "&", " ", " ", "c"]);
    assert!(
        words.contains("textLength=\"40\" fill=\"#ff7b72\">a&lt;b &amp;</text>"),
        "{words}"
    );
    assert!(
        words.contains("x=\"68\" y=\"24\" textLength=\"8\" fill=\"#ff7b72\">c</text>"),
        "{words}"
    );

    let blocks = picture(&["▀", "█", "▄", "▄"]);
    assert!(!blocks.contains("<text"), "{blocks}");
    assert!(blocks.contains("M12 12h8v8h-8z"), "the upper half: {blocks}");
    assert!(blocks.contains("M20 12h8v16h-8z"), "the whole cell: {blocks}");
    assert!(
        blocks.contains("M28 20h16v8h-16z"),
        "two lower halves side by side: {blocks}"
    );

    let corner = picture(&["┌"]);
    assert!(corner.contains("M16 20h4v1h-4z"), "to the right: {corner}");
    assert!(corner.contains("M16 20h1v8h-1z"), "and down: {corner}");

    let dots = picture(&["⢁"]);
    assert!(dots.contains("M12 12h3v3h-3z"), "the first: {dots}");
    assert!(dots.contains("M16 24h3v3h-3z"), "and the last: {dots}");

    let piece = picture(&["♟\u{fe0e}"]);
    assert!(
        piece.contains("text-anchor=\"middle\""),
        "centered, since its width depends on the font: {piece}"
    );
}

#[test]
fn a_picture_has_the_colors_of_the_terminal() {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 1));
    buffer.set_string(0, 0, "x", Style::new().bg(Color::Indexed(167)));
    buffer.set_string(1, 0, "y", Style::new().reversed());
    let picture = svg(&buffer);
    assert!(
        picture.contains("<path fill=\"#d75f5f\" d=\"M12 12h8v16h-8z\"/>"),
        "{picture}"
    );
    assert!(
        picture.contains("<path fill=\"#d0d7de\" d=\"M20 12h8v16h-8z\"/>"),
        "{picture}"
    );
    assert!(picture.contains("fill=\"#0d1117\">y</text>"), "{picture}");
}
