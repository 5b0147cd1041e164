//! With `std`: the slot in a thread-local variable.

use core::cell::RefCell;

use bevy_ecs::{entity::EntityHashSet, world::World};

use super::{ActiveDeletion, slot::Slot};
use crate::track::registry::Operations;

std::thread_local! {
    static SLOT: Slot = const { Slot::new() };
    static NAMED: RefCell<EntityHashSet> = const { RefCell::new(EntityHashSet::new()) };
}

/// Returns 0: the number of the operation is assigned when it is needed.
#[inline]
pub(super) fn begin(_: &mut World) -> u64 {
    0
}

/// Returns the result of `f` for the slot.
#[inline]
pub(super) fn with_slot<R>(_: &World, f: impl FnOnce(&Slot) -> R) -> R {
    SLOT.with(f)
}

/// Returns the result of `f` for the entities that the active deletion names, if they are several.
pub(super) fn with_named<R: Default>(_: &World, f: impl FnOnce(&mut EntityHashSet) -> R) -> R {
    // A world that is dropped with its thread may delete when this variable is already destroyed.
    NAMED.try_with(|named| f(&mut named.borrow_mut())).unwrap_or_default()
}

/// Assigns a number to the active deletion if it has none, and returns it.
#[inline]
pub(crate) fn operation(deletion: ActiveDeletion, operations: &Operations) -> u64 {
    if deletion.operation != 0 {
        return deletion.operation;
    }
    let operation = operations.next();
    SLOT.with(|slot| slot.operation.set(operation));
    operation
}
