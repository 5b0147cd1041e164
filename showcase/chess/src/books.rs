//! Reacts to deleted entities: counters, the log, and the release of sprites. It does not depend on how the game is played.

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;
use cozy_chess::Color;

use crate::pieces::{LostPiece, Piece, Sprite, Sprites};

pub(crate) const CAPTURED: DeleteReason = DeleteReason::new("captured");
pub(crate) const PROMOTED: DeleteReason = DeleteReason::new("promoted");
pub(crate) const GAME_OVER: DeleteReason = DeleteReason::new("game over");

/// Counts and logs the deleted entities, and releases the sprites, in `Cleanup`.
pub(crate) struct BooksPlugin;

impl Plugin for BooksPlugin {
    fn build(&self, app: &mut App) {
        app.add_plugins((
            PostDeletePlugin::<LostPiece>::default(),
            PostDeletePlugin::<Sprite>::default(),
            AssetReleasePlugin::<Sprite>::default(),
        ))
        .count_deletes_by::<LostPiece, Loss>(loss)
        .init_resource::<Sprites>()
        .init_resource::<Now>()
        .init_resource::<Log>()
        .add_systems(Cleanup, (write_log, release_sprites.after(PostDeleteSystems::Receive)));
    }
}

/// The key by which lost pieces are counted. Captures are counted separately from promotions and the end of the game.
pub(crate) type Loss = (Piece, Option<DeleteReason>);

fn loss(lost: &PostDelete<LostPiece>) -> Loss {
    (lost.snapshot.piece, lost.origin.reason)
}

/// The name of this frame in the log: the ply, or the end of the game.
#[derive(Resource, Default)]
pub(crate) struct Now(pub(crate) String);

/// All deletions, in the order of their messages.
#[derive(Resource, Default)]
pub(crate) struct Log(pub(crate) Vec<Deletion>);

/// A deleted entity, when it was deleted, and why.
pub(crate) struct Deletion {
    pub(crate) when: String,
    pub(crate) entity: Entity,
    pub(crate) deleted: Deleted,
    pub(crate) origin: Origin,
}

#[derive(Clone, Copy)]
pub(crate) enum Deleted {
    Piece(LostPiece),
    /// The child that showed this piece, deleted with it.
    Sprite(Piece),
}

impl Log {
    /// A line for every captured or promoted piece, and one for all those left at the end of the game.
    pub(crate) fn in_words(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut cleared = 0;
        for Deletion {
            when, deleted, origin, ..
        } in &self.0
        {
            match (deleted, origin.reason) {
                (Deleted::Sprite(_), _) => {}
                (Deleted::Piece(_), None | Some(GAME_OVER)) => cleared += 1,
                (Deleted::Piece(lost), Some(reason)) => {
                    lines.push(format!("{when}: {} on {} {reason}", lost.piece, lost.square));
                }
            }
        }
        if cleared > 0 {
            lines.push(format!("{GAME_OVER}: {cleared} pieces cleared"));
        }
        lines
    }
}

/// Adds the deleted pieces and sprites to the log.
fn write_log(
    mut pieces: MessageReader<PostDelete<LostPiece>>,
    mut sprites: MessageReader<PostDelete<Sprite>>,
    now: Res<Now>,
    mut log: ResMut<Log>,
) {
    let mut write = |entity, deleted, origin| {
        log.0.push(Deletion {
            when: now.0.clone(),
            entity,
            deleted,
            origin,
        });
    };
    for deleted in pieces.read() {
        write(deleted.entity, Deleted::Piece(deleted.snapshot), deleted.origin);
    }
    for deleted in sprites.read() {
        write(deleted.entity, Deleted::Sprite(deleted.snapshot.0), deleted.origin);
    }
}

/// Releases a sprite after the last child that showed it was deleted.
fn release_sprites(mut released: MessageReader<AssetReleased<Piece>>, mut sprites: ResMut<Sprites>) {
    sprites.released += released.read().count();
}

/// The statistics of a game.
pub(crate) struct Book {
    pub(crate) white: String,
    pub(crate) black: String,
    pub(crate) plies: usize,
    pub(crate) captures: Vec<(Piece, usize)>,
    pub(crate) promotions: usize,
    /// The pieces on the board when the last ply was made.
    pub(crate) alive: usize,
    pub(crate) sprites: Sprites,
    pub(crate) log: Vec<String>,
}

impl Book {
    /// How many pieces of this kind were captured.
    pub(crate) fn captured(&self, color: Color, role: cozy_chess::Piece) -> usize {
        let piece = Piece { color, role };
        self.captures
            .iter()
            .find(|(captured, _)| *captured == piece)
            .map_or(0, |(_, count)| *count)
    }
}
