//! The entities: pieces, and their children with the sprites.

use bevy_ecs::{prelude::*, world::EntityMut};
use bevy_post_delete::prelude::*;
use cozy_chess::Color;

/// A piece on the board.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Piece {
    pub(crate) color: Color,
    pub(crate) role: cozy_chess::Piece,
}

impl std::fmt::Display for Piece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&format!("{:?} {:?}", self.color, self.role).to_lowercase())
    }
}

/// The square of a piece.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Square(pub(crate) cozy_chess::Square);

/// The snapshot of a piece and its square.
#[derive(Clone, Copy)]
pub(crate) struct LostPiece {
    pub(crate) piece: Piece,
    pub(crate) square: cozy_chess::Square,
}

impl Snapshot for LostPiece {
    type Component = Piece;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        Some(Self {
            piece: *entity.get()?,
            square: entity.get::<Square>()?.0,
        })
    }
}

/// The sprite of a piece, on a child entity. All pieces of the same color and role share a sprite.
#[derive(Component, Clone, Copy)]
#[component(immutable)]
pub(crate) struct Sprite(pub(crate) Piece);

impl AssetUser for Sprite {
    type Component = Self;
    type Key = Piece;

    fn keys(sprite: &Self) -> impl IntoIterator<Item = Piece> {
        [sprite.0]
    }
}

/// The numbers of sprites that were loaded and released.
#[derive(Resource, Clone, Copy, Default)]
pub(crate) struct Sprites {
    pub(crate) loaded: usize,
    pub(crate) released: usize,
}

/// Spawns a piece and the child that shows it. Loads the sprite if no other child uses it.
pub(crate) fn spawn_piece(piece: Piece, square: cozy_chess::Square) -> impl Command {
    move |world: &mut World| {
        if world.resource::<AssetUses<Piece>>().count(&piece) == 0 {
            world.resource_mut::<Sprites>().loaded += 1;
        }
        world.spawn((piece, Square(square), children![Sprite(piece)]));
    }
}
