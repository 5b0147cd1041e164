//! Without `std`: the slot in a resource.
//!
//! A world without a [`Registry`] tracks nothing, so nothing in it looks up the active deletion.

use bevy_ecs::{entity::EntityHashSet, resource::Resource, world::World};
use bevy_platform::sync::{Mutex, PoisonError};

use super::{ActiveDeletion, slot::Slot};
use crate::track::registry::{Operations, Registry};

/// The slot of a world, and the entities that the active deletion names, if they are several.
///
/// A delete has exclusive access to the world, so it never waits for the locks.
#[derive(Resource)]
struct WorldSlot {
    slot: Mutex<Slot>,
    named: Mutex<EntityHashSet>,
}

/// Prepares a world for a delete, and returns the number of the operation. A capture cannot write it to the slot while
/// it borrows its pending messages, so it is assigned now.
pub(super) fn begin(world: &mut World) -> u64 {
    world.flush();
    let Some(registry) = world.get_resource::<Registry>() else {
        return 0;
    };
    let operation = registry.operations.next();
    world.get_resource_or_insert_with(|| WorldSlot {
        slot: Mutex::new(Slot::new()),
        named: Mutex::default(),
    });
    operation
}

/// Returns the result of `f` for the slot.
pub(super) fn with_slot<R>(world: &World, f: impl FnOnce(&Slot) -> R) -> R {
    match world.get_resource::<WorldSlot>() {
        Some(world) => f(&world.slot.lock().unwrap_or_else(PoisonError::into_inner)),
        None => f(&Slot::new()),
    }
}

/// Returns the result of `f` for the entities that the active deletion names, if they are several.
pub(super) fn with_named<R: Default>(world: &World, f: impl FnOnce(&mut EntityHashSet) -> R) -> R {
    let world = world.get_resource::<WorldSlot>();
    world.map_or_else(R::default, |world| {
        f(&mut world.named.lock().unwrap_or_else(PoisonError::into_inner))
    })
}

/// Returns the number of the active deletion.
pub(crate) fn operation(deletion: ActiveDeletion, _: &Operations) -> u64 {
    deletion.operation
}
