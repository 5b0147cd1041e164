//! What a delete would take, asked beforehand.

use alloc::vec::Vec;

use bevy_ecs::{entity::Entity, world::World};

use super::{error::DeleteError, walk::Walk};

/// What a delete of an entity would take along, from [`plan_delete`](crate::DeleteWorldExt::plan_delete).
///
/// It is a picture of the moment: hooks and observers that run while the delete does may add to it or take from it.
///
/// # Example
///
/// ```
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// let mut world = World::new();
/// let root = world.spawn(children![(), Protected]).id();
/// let [first, second] = world.entity(root).get::<Children>().unwrap()[..] else { panic!() };
///
/// let plan = world.plan_delete(root)?;
/// assert_eq!(plan.entities(), [second, first, root]);
/// assert_eq!(plan.protected(), [second]);
/// assert!(world.delete(root).is_err());
/// # Ok::<(), DeleteError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletePlan {
    entities: Vec<Entity>,
    protected: Vec<Entity>,
}

impl DeletePlan {
    pub(crate) fn new(world: &World, entity: Entity) -> Result<Self, DeleteError> {
        if !world.entities().contains_spawned(entity) {
            return Err(DeleteError::NotSpawned);
        }
        let mut walk = Walk::default();
        walk.walk(world, entity);
        Ok(Self {
            entities: walk.order,
            protected: walk.protected,
        })
    }

    /// The entities that would be deleted, in deletion order: descendants before ancestors, later siblings before
    /// earlier ones, and the entity itself last.
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// The [`Protected`](crate::Protected) among them, because of which the delete would fail; in deletion order.
    pub fn protected(&self) -> &[Entity] {
        &self.protected
    }
}
