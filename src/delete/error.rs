//! Why a delete did nothing.

use alloc::{string::ToString, vec::Vec};
use core::{error::Error, fmt};

use bevy_ecs::entity::Entity;

/// Why a delete did nothing.
///
/// # Example
///
/// ```
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// let mut world = World::new();
/// let entity = world.spawn_empty().id();
///
/// assert!(world.delete(entity).is_ok());
/// assert_eq!(world.delete(entity), Err(DeleteError::NotSpawned));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeleteError {
    /// The entity is not spawned: it was despawned before, or never spawned.
    NotSpawned,
    /// The tree of the entity contains [`Protected`](crate::Protected) entities. Nothing was changed.
    Protected {
        /// The entity that was passed to the call.
        entity: Entity,
        /// The protected entities of its tree, in deletion order. `entity` itself may be among them.
        protected: Vec<Entity>,
    },
}

impl fmt::Display for DeleteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSpawned => f.write_str("the entity to delete is not spawned"),
            Self::Protected { entity, protected } => {
                let protected: Vec<_> = protected.iter().map(ToString::to_string).collect();
                let protected = protected.join(", ");
                write!(
                    f,
                    "entity {entity} was not deleted, because its tree contains protected entities: {protected}"
                )
            }
        }
    }
}

impl Error for DeleteError {}
