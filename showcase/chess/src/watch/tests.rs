//! Tests of the live view and its keys.

use std::ops::ControlFlow;

use bevy_post_delete::prelude::*;
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer, crossterm::event::KeyCode, style::Color};
use showcase_terminal::Live;

use super::{Watch, board};
use crate::{
    pgn::{self, Game},
    replay::replay,
};

const CAPTURE: &str = "[White \"Ann\"] [Black \"Ben\"]\n1. e4 d5 2. exd5 Nf6 *";
const PROMOTION: &str = "[FEN \"4k3/P6p/8/8/8/8/8/4K3 w - - 0 1\"]\n1. a8=Q+ *";

fn games(text: &str) -> Vec<Game> {
    pgn::read(text.as_bytes()).ok().unwrap()
}

fn bundled() -> Vec<Game> {
    pgn::read(crate::BUNDLED.1).ok().unwrap()
}

/// Starts with the first game, paused.
fn watch(games: &[Game]) -> Watch<'_> {
    let mut watch = Watch::begin(games).unwrap();
    watch.pace.running = false;
    watch
}

fn press(watch: &mut Watch<'_>, keys: &str) {
    for key in keys.chars() {
        assert!(watch.press(KeyCode::Char(key)).unwrap().is_continue(), "{key} quits");
    }
}

fn drawn(watch: &Watch<'_>, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| watch.draw(frame)).unwrap();
    terminal.backend().buffer().clone()
}

/// Returns the text of each row.
fn rows(buffer: &Buffer) -> Vec<String> {
    let width = usize::from(buffer.area.width);
    let row = |cells: &[ratatui::buffer::Cell]| cells.iter().map(ratatui::buffer::Cell::symbol).collect();
    buffer.content.chunks(width).map(row).collect()
}

/// Returns the words of the first row in a panel that starts with `prefix`.
fn row_of(watch: &Watch<'_>, prefix: &str) -> String {
    let rows = rows(&drawn(watch, 125, 37));
    let beside_board = rows.iter().filter_map(|row| row.split('│').nth(1));
    let mut words = beside_board.map(|row| row.split_whitespace().collect::<Vec<_>>().join(" "));
    words.find(|row| row.starts_with(prefix)).unwrap_or_default()
}

#[test]
fn a_captured_piece_is_shown_beside_the_board_and_in_the_log() {
    let games = games(CAPTURE);
    let mut watch = watch(&games);
    press(&mut watch, "c");

    let rows = rows(&drawn(&watch, 125, 37)).join("\n");
    assert!(rows.contains("Ann vs. Ben, game 1 of 1"), "{rows}");
    assert!(rows.contains("2. exd5 (ply 3 of 4); paused"), "{rows}");
    assert_eq!(row_of(&watch, "black ♟"), "black ♟\u{fe0e}");
    assert_eq!(row_of(&watch, "white ♟"), "");
    assert_eq!(
        row_of(&watch, "2. exd5 black"),
        "2. exd5 black pawn d5 captured Direct itself 1"
    );
    assert_eq!(
        row_of(&watch, "2. exd5 its"),
        "2. exd5 its sprite captured Cascade pawn 1"
    );
    assert_eq!(row_of(&watch, "pawn"), "pawn 0 1+ 8 7-");
    assert_eq!(row_of(&watch, "12 sprites"), "12 sprites loaded, 0 released");

    press(&mut watch, "n");
    assert_eq!(
        row_of(&watch, "pawn"),
        "pawn 0 1 8 7",
        "the second ply changes no counter"
    );
    assert_ne!(row_of(&watch, "2. exd5 black"), "", "the deletion stays in the log");
}

#[test]
fn the_square_of_a_capture_is_highlighted_for_one_ply() {
    let games = games(CAPTURE);
    let mut watch = watch(&games);
    let d5 = |watch: &Watch<'_>| drawn(watch, 125, 37)[(2 + 3 * 8, 2 + 3 * 4)].bg;
    let plain = d5(&watch);
    press(&mut watch, "c");
    assert_eq!(d5(&watch), Color::Indexed(167));
    press(&mut watch, "n");
    assert_eq!(d5(&watch), plain);
}

#[test]
fn a_sprite_is_released_after_its_last_use() {
    let games = bundled();
    let mut watch = watch(&games[5..]);
    while row_of(&watch, "12 sprites") == "12 sprites loaded, 0 released" {
        press(&mut watch, "c");
    }
    assert_eq!(watch.replay.plies(), 35, "18. Rxe7 captures the queen");
    assert_eq!(row_of(&watch, "queen"), "queen 0 1+ 1 0-");
    assert_eq!(row_of(&watch, "12 sprites"), "12 sprites loaded, 1 released");
}

#[test]
fn a_promoted_pawn_is_deleted_and_not_captured() {
    let games = games(PROMOTION);
    let mut watch = watch(&games);
    press(&mut watch, "n");
    assert_eq!(
        row_of(&watch, "1. a8=Q+ white"),
        "1. a8=Q+ white pawn a7 promoted Direct itself 1"
    );
    assert_eq!(row_of(&watch, "white ♟"), "");
    assert_eq!(row_of(&watch, "queen"), "queen 0 0 1+ 0");
}

#[test]
fn the_end_of_the_game_deletes_all_pieces_in_one_operation() {
    let games = games(PROMOTION);
    let mut watch = watch(&games);
    press(&mut watch, "nn");
    assert!(rows(&drawn(&watch, 125, 37))[1].contains("game over"));
    assert_eq!(
        row_of(&watch, "game over white queen"),
        "game over white queen a8 game over Direct itself 2"
    );
    for role in ["pawn", "queen", "king"] {
        assert!(row_of(&watch, role).ends_with('0') || row_of(&watch, role).ends_with("0-"));
    }
}

#[test]
fn a_larger_terminal_shows_a_larger_board() {
    let games = games(CAPTURE);
    let watch = watch(&games);
    assert!(rows(&drawn(&watch, 125, 37))[34].contains("a       b       c"));
    assert!(rows(&drawn(&watch, 80, 24))[18].contains("a   b   c"));
    assert!(rows(&drawn(&watch, 30, 14))[10].contains("a b c"));
    assert_eq!(board::size(10, 10), None);
    let small = drawn(&watch, 80, 24);
    assert!(rows(&small)[2].contains("♜\u{fe0e}"), "pieces are drawn as characters");
}

#[test]
fn the_view_is_drawn_in_a_terminal_of_any_size() {
    let games = bundled();
    let mut watch = watch(&games[5..]);
    for width in [0, 1, 2, 7, 18, 19, 34, 40, 80, 125] {
        for height in [0, 1, 2, 3, 5, 9, 12, 13, 24, 37] {
            drawn(&watch, width, height);
        }
    }
    for _ in 0..39 {
        press(&mut watch, "n");
        drawn(&watch, 50, 25);
    }
}

#[test]
fn control_characters_in_a_name_do_not_reach_the_terminal() {
    let games = games("[White \"\u{1b}[2JAnn\"] [Black \"车\"]\n1. e4 *");
    let watch = watch(&games);
    for width in 0..125 {
        let buffer = drawn(&watch, width, 37);
        let mut symbols = buffer.content.iter().map(ratatui::buffer::Cell::symbol);
        assert!(!symbols.any(|symbol| symbol.contains(char::is_control)));
    }
}

#[test]
fn the_keys_have_the_effects_in_the_footer() {
    let games = bundled();
    let mut watch = Watch::begin(&games).unwrap();
    assert!(watch.pace.running);
    press(&mut watch, " ");
    assert!(!watch.pace.running);
    press(&mut watch, "nn");
    assert_eq!(watch.replay.plies(), 2);
    press(&mut watch, " c");
    assert_eq!(watch.replay.plies(), 38, "19... dxe4 is the first capture");
    assert!(!watch.pace.running, "the view pauses at a capture");
    press(&mut watch, "g");
    assert_eq!((watch.current, watch.replay.plies()), (1, 0));
    press(&mut watch, "ggggg");
    assert_eq!(watch.current, 0, "the first game follows the last");
    press(&mut watch, "x");
    assert_eq!((watch.current, watch.replay.plies()), (0, 0));
    assert_eq!(watch.press(KeyCode::Char('q')), Ok(ControlFlow::Break(())));

    let footer = rows(&drawn(&watch, 125, 37))[36].clone();
    for key in [
        "space  run/pause",
        "n  next step",
        "+ -  speed",
        "c  next capture",
        "g  next game",
        "q  quit",
    ] {
        assert!(footer.contains(key), "{footer}");
    }
}

#[test]
fn the_view_pauses_after_the_last_game() {
    let games = games(&format!("{CAPTURE}\n\n{PROMOTION}"));
    let mut watch = Watch::begin(&games).unwrap();
    for _ in 0..4 + 1 + 1 {
        watch.step().unwrap();
    }
    assert_eq!((watch.current, watch.replay.plies()), (1, 0));
    for _ in 0..1 + 1 {
        watch.step().unwrap();
    }
    assert!(watch.pace.running);
    watch.step().unwrap();
    assert!(!watch.pace.running);
    assert_eq!(watch.current, 1);
}

#[test]
fn a_watched_game_has_the_same_counters_and_log_as_a_replayed_one() {
    for game in &bundled() {
        let games = std::slice::from_ref(game);
        let mut watch = watch(games);
        for _ in 0..=game.plies.len() {
            watch.step().unwrap();
        }
        let (watched, replayed) = (watch.replay.statistics(), replay(game).unwrap());
        assert_eq!(watched.log, replayed.log);
        assert_eq!(watched.sprites.released, replayed.sprites.released);
        let losses = watch.replay.log().0.iter();
        let captured = losses.filter(|deletion| {
            deletion.origin.kind == DeleteKind::Direct && deletion.origin.reason == Some(crate::receivers::CAPTURED)
        });
        assert_eq!(
            captured.count(),
            replayed.captures.iter().map(|(_, count)| count).sum::<usize>()
        );
    }
}
