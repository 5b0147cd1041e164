//! Unit tests of the pace, the footer and the SVG pictures.

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
    assert_eq!(pace.press(KeyCode::Char('+')), Pressed::PaceChanged);
    assert_eq!(pace.per_second, 50);
    for _ in 0..20 {
        pace.press(KeyCode::Char('-'));
    }
    assert_eq!(pace.per_second, 1);
    for _ in 0..20 {
        pace.press(KeyCode::Char('+'));
    }
    assert_eq!(pace.per_second, 200);
    assert_eq!(pace.press(KeyCode::Char(' ')), Pressed::PaceChanged);
    assert_eq!(pace.interval(), None);
    assert_eq!(pace.to_string(), "paused, 200 steps per second");
    pace.press(KeyCode::Char(' '));
    assert_eq!(pace.press(KeyCode::Char('n')), Pressed::Step);
    assert!(!pace.running);
    assert_eq!(pace.press(KeyCode::Char('x')), Pressed::Other);
    assert_eq!(pace.press(KeyCode::Char('q')), Pressed::Quit);
}

#[test]
fn control_c_quits() {
    let plain = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::NONE);
    let control = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    let mut pace = Pace::running(1);
    assert_eq!(pace.press(key_code(plain)), Pressed::Other);
    assert_eq!(pace.press(key_code(control)), Pressed::Quit);
}

#[test]
fn the_footer_wraps_and_takes_at_most_a_quarter_of_the_terminal() {
    let view_height = |width, height| {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let mut view = Rect::ZERO;
        terminal
            .draw(|frame| view = draw_with_footer(frame, &[("x", "something else")]))
            .unwrap();
        view.height
    };
    assert_eq!(view_height(100, 24), 23);
    assert_eq!(view_height(60, 24), 22);
    assert_eq!(view_height(10, 8), 6);
    assert_eq!(view_height(1, 1), 1);
}

fn picture(symbols: &[&str]) -> String {
    let mut buffer = Buffer::empty(Rect::new(0, 0, symbols.len() as u16, 1));
    for (cell, symbol) in buffer.content.iter_mut().zip(symbols) {
        cell.set_symbol(symbol).set_fg(Color::Red);
    }
    svg(&buffer)
}

#[test]
fn words_are_drawn_as_text_and_all_other_symbols_as_shapes() {
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
    assert!(blocks.contains("M12 12h8v8h-8z"), "an upper half: {blocks}");
    assert!(blocks.contains("M20 12h8v16h-8z"), "a full block: {blocks}");
    assert!(blocks.contains("M28 20h16v8h-16z"), "two joined lower halves: {blocks}");

    let corner = picture(&["┌"]);
    assert!(corner.contains("M16 20h4v1h-4z"), "the line to the right: {corner}");
    assert!(corner.contains("M16 20h1v8h-1z"), "the line down: {corner}");

    let dots = picture(&["⢁"]);
    assert!(dots.contains("M12 12h3v3h-3z"), "the first dot: {dots}");
    assert!(dots.contains("M16 24h3v3h-3z"), "the last dot: {dots}");

    let piece = picture(&["♟\u{fe0e}"]);
    assert!(
        piece.contains("text-anchor=\"middle\""),
        "the character is centered, because its width depends on the font: {piece}"
    );
}

#[test]
fn background_and_reversed_colors_are_drawn() {
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
