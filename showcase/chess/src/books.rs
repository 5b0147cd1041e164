//! What follows from a deletion. The code that plays knows nothing of it, and nothing here knows how the game is played.

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;
use cozy_chess::Color;

use crate::pieces::{LostPiece, Piece, Sprite, Sprites};

pub(crate) const CAPTURED: DeleteReason = DeleteReason::new("captured");
pub(crate) const PROMOTED: DeleteReason = DeleteReason::new("promoted");
pub(crate) const GAME_OVER: DeleteReason = DeleteReason::new("game over");

/// Keeps books on what is deleted, in `Cleanup`.
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

/// What lost pieces are counted by. Captures are counted apart from promotions and from the end of the game.
pub(crate) type Loss = (Piece, Option<DeleteReason>);

fn loss(lost: &PostDelete<LostPiece>) -> Loss {
    (lost.snapshot.piece, lost.origin.reason)
}

/// What is going on in this frame, as the log calls it.
#[derive(Resource, Default)]
pub(crate) struct Now(pub(crate) String);

/// All that was deleted, in the order in which it was told.
#[derive(Resource, Default)]
pub(crate) struct Log(pub(crate) Vec<Deletion>);

/// What was deleted, when, and by whom.
pub(crate) struct Deletion {
    pub(crate) when: String,
    pub(crate) entity: Entity,
    pub(crate) gone: Gone,
    pub(crate) origin: Origin,
}

#[derive(Clone, Copy)]
pub(crate) enum Gone {
    Piece(LostPiece),
    /// The child that showed this piece, which goes because the piece goes.
    Sprite(Piece),
}

impl Log {
    /// A line for every piece that was captured or promoted, and one for those that were left.
    pub(crate) fn in_words(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut cleared = 0;
        for Deletion { when, gone, origin, .. } in &self.0 {
            match (gone, origin.reason) {
                (Gone::Sprite(_), _) => {}
                (Gone::Piece(_), None | Some(GAME_OVER)) => cleared += 1,
                (Gone::Piece(lost), Some(reason)) => {
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

/// Writes down what happened to whom.
fn write_log(
    mut pieces: MessageReader<PostDelete<LostPiece>>,
    mut sprites: MessageReader<PostDelete<Sprite>>,
    now: Res<Now>,
    mut log: ResMut<Log>,
) {
    let mut write = |entity, gone, origin| {
        log.0.push(Deletion {
            when: now.0.clone(),
            entity,
            gone,
            origin,
        });
    };
    for deleted in pieces.read() {
        write(deleted.entity, Gone::Piece(deleted.snapshot), deleted.origin);
    }
    for deleted in sprites.read() {
        write(deleted.entity, Gone::Sprite(deleted.snapshot.0), deleted.origin);
    }
}

/// Lets go of a sprite when the last child that shows it is gone, by whichever road it went.
fn release_sprites(mut released: MessageReader<AssetReleased<Piece>>, mut sprites: ResMut<Sprites>) {
    sprites.released += released.read().count();
}

/// What is known of a game.
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
