//! Tests of the live view and its keys.

use std::ops::ControlFlow;

use ratatui::{Terminal, backend::TestBackend, buffer::Buffer, crossterm::event::KeyCode, style::Color};
use showcase_terminal::Live;

use super::{Generation, Watch};
use crate::{game::Pattern, rle};

const BLINKER: &str = "x = 3, y = 1\n3o!";
const GLIDER: &str = "x = 3, y = 3\nbob$2bo$3o!";

fn pattern(name: &str, text: &str) -> Pattern {
    Pattern {
        name: name.to_owned(),
        cells: rle::read(text.as_bytes()).unwrap(),
    }
}

fn press(watch: &mut Watch<'_>, key: KeyCode) {
    assert!(watch.press(key).unwrap().is_continue(), "{key} quits");
}

fn drawn(watch: &Watch<'_>, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| watch.draw(frame)).unwrap();
    terminal.backend().buffer().clone()
}

fn row(buffer: &Buffer, row: u16) -> String {
    let columns = 0..buffer.area.width;
    columns.map(|column| buffer[(column, row)].symbol()).collect()
}

/// Returns the number of positions on the plane with this color.
fn count_positions(buffer: &Buffer, color: Color) -> usize {
    // One half of a character cell has the foreground color and the other the background color. A full block has only
    // one.
    let plane = buffer.content.iter().filter(|cell| "▀▄█".contains(cell.symbol()));
    let halves = plane.flat_map(|cell| {
        if cell.symbol() == "█" {
            [cell.fg; 2]
        } else {
            [cell.fg, cell.bg]
        }
    });
    halves.filter(|half| *half == color).count()
}

#[test]
fn deleted_cells_are_drawn_on_the_plane_and_in_the_plots() {
    let patterns = [pattern("blinker", BLINKER)];
    let mut watch = Watch::begin(&patterns, None).unwrap();
    let before = drawn(&watch, 100, 30);
    assert!(row(&before, 0).contains("blinker, generation 0: 3 cells alive, 0 deleted in this generation"));
    assert_eq!(
        (
            count_positions(&before, Color::Green),
            count_positions(&before, Color::Indexed(131))
        ),
        (3, 0)
    );

    watch.step().unwrap();
    let after = drawn(&watch, 100, 30);
    assert!(row(&after, 0).contains("blinker, generation 1: 3 cells alive, 2 deleted in this generation"));
    assert!(row(&after, 1).contains("2 births, 2 deaths"));
    assert_eq!(
        (
            count_positions(&after, Color::Green),
            count_positions(&after, Color::Indexed(131))
        ),
        (3, 2)
    );
    let generation = |number, deleted| Generation {
        number,
        population: 3,
        deleted,
    };
    assert_eq!(Vec::from(watch.history.clone()), [generation(0, 0), generation(1, 2)]);
    let is_plotted = |color| after.content.iter().any(|cell| cell.fg == color && cell.symbol() > "⠀");
    assert!(is_plotted(Color::Green));
    assert!(is_plotted(Color::Red));
}

#[test]
fn zooming_out_shows_more_positions() {
    let spaced_cells = format!("x = 1, y = 1\n{}!", "o9b".repeat(20));
    let patterns = [pattern("dots", &spaced_cells)];
    let mut watch = Watch::begin(&patterns, None).unwrap();
    let near = count_positions(&drawn(&watch, 70, 30), Color::Green);
    press(&mut watch, KeyCode::Char('z'));
    let far = drawn(&watch, 70, 30);
    let dots = far
        .content
        .iter()
        .filter(|cell| ('⠁'..='⣿').contains(&cell.symbol().chars().next().unwrap()));
    let dots = dots.filter(|cell| cell.fg == Color::Green).count();
    assert!(near < dots, "{near} cells near, {dots} cells zoomed out");
}

#[test]
fn the_view_follows_a_glider_until_an_arrow_key_is_pressed() {
    let patterns = [pattern("glider", GLIDER)];
    let mut watch = Watch::begin(&patterns, None).unwrap();
    for _ in 0..400 {
        watch.step().unwrap();
    }
    assert_eq!(count_positions(&drawn(&watch, 40, 30), Color::Green), 5);

    press(&mut watch, KeyCode::Left);
    let center = watch.center;
    for _ in 0..400 {
        watch.step().unwrap();
    }
    assert_eq!(watch.center, center);
    assert_eq!(
        count_positions(&drawn(&watch, 40, 30), Color::Green),
        0,
        "the glider is outside the view"
    );
    press(&mut watch, KeyCode::Char('f'));
    assert_eq!(count_positions(&drawn(&watch, 40, 30), Color::Green), 5);
}

#[test]
fn the_keys_have_the_effects_in_the_footer() {
    let patterns = [pattern("blinker", BLINKER), pattern("glider", GLIDER)];
    let mut watch = Watch::begin(&patterns, None).unwrap();
    let (x, y) = watch.center;
    for (key, center) in [
        (KeyCode::Right, (x + 8, y)),
        (KeyCode::Down, (x + 8, y + 8)),
        (KeyCode::Left, (x, y + 8)),
        (KeyCode::Up, (x, y)),
    ] {
        press(&mut watch, key);
        assert_eq!(watch.center, center);
    }
    press(&mut watch, KeyCode::Char('n'));
    assert_eq!(watch.census.generations, 1);
    assert!(!watch.pace.running, "a single step pauses the view");
    press(&mut watch, KeyCode::Char('p'));
    assert_eq!((watch.name(), watch.census.generations), ("glider", 0));
    assert!(!watch.pace.running, "the view is still paused");
    press(&mut watch, KeyCode::Char('p'));
    assert_eq!(watch.name(), "blinker", "the first pattern follows the last");
    assert_eq!(watch.press(KeyCode::Esc), Ok(ControlFlow::Break(())));
}

#[test]
fn the_view_pauses_at_the_given_generation() {
    let patterns = [pattern("blinker", BLINKER)];
    let mut watch = Watch::begin(&patterns, Some(3)).unwrap();
    for _ in 0..2 {
        watch.step().unwrap();
    }
    assert!(watch.pace.running);
    watch.step().unwrap();
    assert!(!watch.pace.running);
    assert!(!Watch::begin(&patterns, Some(0)).unwrap().pace.running);
}

#[test]
fn empty_patterns_are_drawn_in_a_terminal_of_any_size() {
    let patterns = [pattern("nothing", "x = 0, y = 0\n!"), pattern("glider", GLIDER)];
    let mut watch = Watch::begin(&patterns, None).unwrap();
    for _ in 0..2 {
        for width in [0, 1, 2, 3, 4, 7, 12, 30, 79, 80, 200] {
            for height in [0, 1, 2, 3, 4, 5, 6, 8, 12, 24, 60] {
                drawn(&watch, width, height);
            }
            watch.step().unwrap();
        }
        press(&mut watch, KeyCode::Char('z'));
        press(&mut watch, KeyCode::Char('p'));
    }
}
