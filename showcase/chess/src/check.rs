//! The assertions after every ply and at the end of the game.

use bevy_app::prelude::*;
use bevy_ecs::{message::Messages, prelude::*};
use bevy_post_delete::prelude::*;
use cozy_chess::{Board, Color};

use crate::pieces::{LostPiece, Piece, Sprite, Sprites, Square};

/// Returns the pieces on the board of the rules library.
pub(crate) fn pieces(board: &Board) -> impl Iterator<Item = (cozy_chess::Square, Color, cozy_chess::Piece)> + '_ {
    board
        .occupied()
        .into_iter()
        .filter_map(|square| Some((square, board.color_on(square)?, board.piece_on(square)?)))
}

/// Checks that the entities match the board of the rules library.
pub(crate) fn check_board(app: &mut App, board: &Board, label: &str) -> Result<(), String> {
    let world = app.world_mut();
    let mut on_board: Vec<_> = world
        .query::<(&Piece, &Square)>()
        .iter(world)
        .map(|(piece, square)| (square.0, piece.color, piece.role))
        .collect();
    // The square alone gives a total order, since each square has at most one piece.
    on_board.sort_unstable_by_key(|(square, ..)| *square);
    let mut expected: Vec<_> = pieces(board).collect();
    expected.sort_unstable_by_key(|(square, ..)| *square);
    if on_board != expected {
        return Err(format!("{label}: the entities differ from the board"));
    }
    let shown = world.query::<&Sprite>().iter(world).count();
    if shown != expected.len() {
        return Err(format!(
            "{label}: {shown} sprites are shown for {} pieces",
            expected.len()
        ));
    }
    let uses = world.resource::<AssetUses<Piece>>();
    let used = uses.iter().map(|(_, uses)| uses).sum::<usize>();
    if used != shown {
        return Err(format!(
            "{label}: {used} sprite uses are counted, but {shown} sprites are shown"
        ));
    }
    let Sprites { loaded, released } = world.resource::<Sprites>();
    if *loaded != released + uses.len() {
        return Err(format!(
            "{label}: {loaded} sprites were loaded and {released} released, but {} are used",
            uses.len()
        ));
    }
    Ok(())
}

/// Checks that no piece, sprite or message is left after the game.
pub(crate) fn check_nothing_left(app: &mut App) -> Result<(), String> {
    let world = app.world_mut();
    let pieces = world
        .query_filtered::<(), Or<(With<Piece>, With<Sprite>)>>()
        .iter(world)
        .count();
    if pieces != 0 {
        return Err(format!("{pieces} entities are left after the game"));
    }
    let sprites = world.resource::<Sprites>();
    if sprites.loaded != sprites.released {
        return Err(format!(
            "{} sprites are left after the game",
            sprites.loaded.abs_diff(sprites.released)
        ));
    }
    // Bevy drops messages after two frames, so any message that is still there was published late.
    app.update();
    app.update();
    let world = app.world();
    let unread = world.resource::<Messages<PostDelete<LostPiece>>>().len()
        + world.resource::<Messages<PostDelete<Sprite>>>().len()
        + world.resource::<Messages<AssetReleased<Piece>>>().len();
    if unread != 0 {
        return Err(format!("{unread} messages are left after the game"));
    }
    Ok(())
}
