//! Without `std`: the active deletion in a resource.
//!
//! A world without a [`Registry`] tracks nothing, so nothing in it looks up the active deletion.

use core::mem;

use bevy_ecs::{
    entity::{Entity, EntityHashSet},
    resource::Resource,
    world::World,
};

use super::{ActiveDeletion, mark_interleaved};
use crate::track::registry::{Operations, Registry};

/// The active deletion of a world.
#[derive(Resource, Default)]
struct Slot {
    deletion: Option<ActiveDeletion>,
    /// The entities that it names, if they are several.
    named: EntityHashSet,
    /// Whether it is inside another one.
    is_nested: bool,
}

/// Returns the active deletion of this world.
pub(crate) fn active(world: &World) -> Option<ActiveDeletion> {
    world.get_resource::<Slot>()?.deletion
}

/// Whether the active deletion is inside another one.
pub(crate) fn is_nested(world: &World) -> bool {
    world.get_resource::<Slot>().is_some_and(|slot| slot.is_nested)
}

/// Runs `body` with this active deletion in the slot, and restores the outer one afterwards.
pub(super) fn with_slot<R>(world: &mut World, mut deletion: ActiveDeletion, body: impl FnOnce(&mut World) -> R) -> R {
    struct Restore<'w> {
        world: &'w mut World,
        outer: Slot,
    }
    impl Drop for Restore<'_> {
        fn drop(&mut self) {
            if let Some(mut slot) = self.world.get_resource_mut::<Slot>() {
                *slot = mem::take(&mut self.outer);
            }
        }
    }

    let is_nested = active(world).is_some();
    if is_nested {
        mark_interleaved(world);
    }
    world.flush();
    let mut outer = Slot::default();
    if let Some(registry) = world.get_resource::<Registry>() {
        // A capture cannot write to the slot while it borrows its pending messages, so the number is assigned now.
        deletion.operation = registry.operations.next();
        let mut slot = world.get_resource_or_init::<Slot>();
        outer = mem::take(&mut *slot);
        slot.deletion = Some(deletion);
        slot.is_nested = is_nested;
    }
    let restore = Restore { world, outer };
    body(restore.world)
}

/// Not recorded without `std`: every delete first applies commands that are left.
pub(super) fn mark_panicked() {}

/// Returns the number of the active deletion.
pub(crate) fn operation(deletion: ActiveDeletion, _: &Operations) -> u64 {
    deletion.operation
}

/// Sets the entity named by the call whose tree is deleted from now on.
pub(crate) fn set_root(world: &mut World, root: Entity) {
    update(world, |_, deletion| deletion.root = root);
}

/// Marks the active deletion as captured: from now on, hooks take no snapshots.
pub(crate) fn set_captured(world: &mut World) {
    update(world, |_, deletion| deletion.is_captured = true);
}

/// Sets the entities that the active deletion names, for a call that names several.
pub(crate) fn set_named(world: &mut World, named: EntityHashSet) {
    update(world, |current, deletion| {
        deletion.names_several = !named.is_empty();
        *current = named;
    });
}

/// Whether the active deletion, which names many, names this entity.
pub(super) fn is_named(world: &World, entity: Entity) -> bool {
    let slot = world.get_resource::<Slot>();
    slot.is_some_and(|slot| slot.named.contains(&entity))
}

fn update(world: &mut World, change: impl FnOnce(&mut EntityHashSet, &mut ActiveDeletion)) {
    if let Some(mut slot) = world.get_resource_mut::<Slot>() {
        let slot = &mut *slot;
        if let Some(deletion) = &mut slot.deletion {
            change(&mut slot.named, deletion);
        }
    }
}
