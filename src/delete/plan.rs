//! The plan of a delete: the entities that it would despawn.

use alloc::vec::Vec;

use bevy_ecs::{entity::Entity, world::World};

use super::{error::DeleteError, targets::DeleteTargets};

/// The entities that a delete would despawn, as returned by [`plan_delete`](crate::DeleteWorldExt::plan_delete).
///
/// It describes the world as it is. Hooks and observers that run during the delete may add entities or despawn some
/// early.
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
    pub(super) fn new(world: &World, entity: Entity) -> Result<Self, DeleteError> {
        if !world.entities().contains_spawned(entity) {
            return Err(DeleteError::NotSpawned);
        }
        let mut targets = DeleteTargets::default();
        targets.refresh(world);
        targets.add_linked(world, entity, entity);
        Ok(Self {
            entities: targets.found.iter().map(|target| target.entity).collect(),
            protected: targets.protected,
        })
    }

    /// Returns the entities that would be deleted, in deletion order: descendants before ancestors, later siblings
    /// before earlier ones, and the entity itself last.
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// Returns the [`Protected`](crate::Protected) entities among them, in deletion order. If there are any, `delete`
    /// fails.
    pub fn protected(&self) -> &[Entity] {
        &self.protected
    }
}
