//! The layout of the view: the title, the board, and the panels beside it.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
    widgets::Paragraph,
};
use showcase_terminal::{Key, draw_with_footer};

use super::{
    Watch,
    board::{self, BoardView},
    panels::{HEAD, draw_captured, draw_counters, draw_log},
};
use crate::{
    pieces::{Piece, Square},
    receivers::{Deleted, FrameLabel, GAME_OVER},
    replay::Replay,
};

const KEYS: [Key; 2] = [("c", "next capture"), ("g", "next game")];

pub(super) fn draw(watch: &Watch<'_>, frame: &mut Frame<'_>) {
    let area = draw_with_footer(frame, &KEYS);
    let [top, body] = Layout::vertical([Constraint::Length(2), Constraint::Min(0)]).areas(area);
    frame.render_widget(title(watch), top);

    let (width, height) = board::size(body.width, body.height).unwrap_or_default();
    let [left, _, right] =
        Layout::horizontal([Constraint::Length(width), Constraint::Length(1), Constraint::Min(0)]).areas(body);
    frame.render_widget(&board_view(&watch.replay), Rect { height, ..left });

    let [counters, captured, log] =
        Layout::vertical([Constraint::Length(11), Constraint::Length(4), Constraint::Min(0)]).areas(right);
    draw_counters(watch, frame, counters);
    draw_captured(&watch.replay, frame, captured);
    draw_log(&watch.replay, frame, log);
}

fn title(watch: &Watch<'_>) -> Paragraph<'static> {
    let Watch { replay, pace, .. } = watch;
    let game = replay.game;
    let (number, count) = (watch.current + 1, watch.games.len());
    let label = match &*replay.world().resource::<FrameLabel>().0 {
        "" => "before the first ply",
        label => label,
    };
    let (ply, plies) = (replay.plies(), game.plies.len());
    Paragraph::new(vec![
        Line::styled(
            format!(" {} vs. {}, game {number} of {count}", game.white, game.black),
            HEAD,
        ),
        Line::raw(format!(" {label} (ply {ply} of {plies}); {pace}")),
    ])
}

/// Reads the board from the entities.
fn board_view(replay: &Replay<'_>) -> BoardView {
    let world = replay.world();
    let pieces = world
        .try_query::<(&Square, &Piece)>()
        .map(|mut pieces| pieces.iter(world).map(|(square, piece)| (square.0, *piece)).collect());
    let deleted = replay.last_deletions().iter();
    let lost = deleted.filter_map(|deletion| match deletion.deleted {
        Deleted::Piece(lost) if deletion.origin.reason != Some(GAME_OVER) => Some(lost.square),
        _ => None,
    });
    let last_move = replay.last_move();
    BoardView {
        pieces: pieces.unwrap_or_default(),
        deleted: lost.collect(),
        moved: last_move.map_or(Vec::new(), |mv| vec![mv.from, mv.to]),
    }
}
