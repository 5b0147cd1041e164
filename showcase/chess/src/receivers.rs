//! The receivers of deletions: counters, the log, and the release of sprites. They do not depend on the code that
//! deletes.

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;
use cozy_chess::Color;

use crate::pieces::{LostPiece, Piece, Sprite, Sprites};

pub(crate) const CAPTURED: DeleteReason = DeleteReason::new("captured");
pub(crate) const PROMOTED: DeleteReason = DeleteReason::new("promoted");
pub(crate) const GAME_OVER: DeleteReason = DeleteReason::new("game over");

/// Counts and logs the deleted entities, and releases the sprites, in `Cleanup`.
pub(crate) struct ReceiversPlugin;

impl Plugin for ReceiversPlugin {
    fn build(&self, app: &mut App) {
        app.add_plugins((
            PostDeletePlugin::<LostPiece>::default(),
            PostDeletePlugin::<Sprite>::default(),
            AssetReleasePlugin::<Sprite>::default(),
        ))
        .count_deletes_by::<LostPiece, Loss>(loss_of)
        .init_resource::<Sprites>()
        .init_resource::<FrameLabel>()
        .init_resource::<Log>()
        .add_systems(Cleanup, (write_log, release_sprites.after(PostDeleteSystems::Receive)));
    }
}

/// The key by which lost pieces are counted, so that captures, promotions and the end of the game are counted
/// separately.
pub(crate) type Loss = (Piece, Option<DeleteReason>);

fn loss_of(lost: &PostDelete<LostPiece>) -> Loss {
    (lost.snapshot.piece, lost.origin.reason)
}

/// The label of this frame in the log: the ply, or the end of the game.
#[derive(Resource, Default)]
pub(crate) struct FrameLabel(pub(crate) String);

/// All deletions in the order of their messages.
#[derive(Resource, Default)]
pub(crate) struct Log(pub(crate) Vec<Deletion>);

/// A deleted entity, with the frame and the origin of its deletion.
pub(crate) struct Deletion {
    pub(crate) label: String,
    pub(crate) entity: Entity,
    pub(crate) deleted: Deleted,
    pub(crate) origin: Origin,
}

#[derive(Clone, Copy)]
pub(crate) enum Deleted {
    Piece(LostPiece),
    /// The child that showed this piece, deleted along with it.
    Sprite(Piece),
}

impl Log {
    /// Formats the log: one line for every captured or promoted piece, and one line for all pieces that were left at
    /// the end of the game.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut remaining = 0;
        for Deletion {
            label, deleted, origin, ..
        } in &self.0
        {
            match (deleted, origin.reason) {
                (Deleted::Sprite(_), _) => {}
                (Deleted::Piece(_), None | Some(GAME_OVER)) => remaining += 1,
                (Deleted::Piece(lost), Some(reason)) => {
                    lines.push(format!("{label}: {} on {} {reason}", lost.piece, lost.square));
                }
            }
        }
        if remaining > 0 {
            lines.push(format!("{GAME_OVER}: {remaining} pieces deleted"));
        }
        lines
    }
}

/// Adds the deleted pieces and sprites to the log.
fn write_log(
    mut pieces: MessageReader<PostDelete<LostPiece>>,
    mut sprites: MessageReader<PostDelete<Sprite>>,
    label: Res<FrameLabel>,
    mut log: ResMut<Log>,
) {
    let mut write = |entity, deleted, origin| {
        log.0.push(Deletion {
            label: label.0.clone(),
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
pub(crate) struct Statistics {
    pub(crate) white: String,
    pub(crate) black: String,
    pub(crate) plies: usize,
    pub(crate) captures: Vec<(Piece, usize)>,
    pub(crate) promotions: usize,
    /// The number of pieces on the board after the last ply.
    pub(crate) alive: usize,
    pub(crate) sprites: Sprites,
    pub(crate) log: Vec<String>,
}

impl Statistics {
    /// Returns the number of captured pieces of this color and role.
    pub(crate) fn captured(&self, color: Color, role: cozy_chess::Piece) -> usize {
        let piece = Piece { color, role };
        self.captures
            .iter()
            .find(|(captured, _)| *captured == piece)
            .map_or(0, |(_, count)| *count)
    }
}
