//! The buffers of a delete, which are kept for the next one.
//!
//! With `std`, each thread keeps a set of buffers: a lookup in thread-local storage takes a tenth of the time of a
//! resource lookup. Without `std`, each world that tracks a type keeps one.

use alloc::boxed::Box;

use bevy_ecs::world::World;

use super::targets::DeleteTargets;
use crate::track::registry::Registry;

#[cfg(not(feature = "std"))]
use resource as kept;
#[cfg(feature = "std")]
use thread_local as kept;

/// Starts a search: applies the commands that are queued already, which are not part of this delete, and takes empty
/// buffers, whose archetype facts are up to date with the world. A delete inside another gets new ones.
///
/// Commands are queued if the call is made by code with access to the world, or if another command has panicked.
#[inline]
pub(super) fn take(world: &mut World) -> Box<DeleteTargets> {
    let mut targets = kept::take(world).unwrap_or_default();
    // `World::flush` takes longer, because it also looks for component registrations.
    targets.no_commands.apply(world);
    targets.refresh(world);
    targets
}

/// The number of deletes after which memory that was not needed lately is freed.
const DELETES_PER_SHRINK: u32 = 128;

/// Buffers for more entities than this are freed by a publish, if no delete does it.
const LARGE_CAPACITY: usize = 4096;

/// Empties the buffers, and puts them back for the next delete.
#[inline]
pub(super) fn put_back(world: &mut World, mut targets: Box<DeleteTargets>) {
    targets.peak = targets.peak.max(targets.found.len());
    targets.deletes += 1;
    targets.clear();
    let is_due = targets.deletes >= DELETES_PER_SHRINK;
    if targets.capacity() > LARGE_CAPACITY
        && let Some(mut registry) = world.get_resource_mut::<Registry>()
    {
        registry.give_back = Some(give_back);
    }
    kept::put_back(world, targets);
    if is_due {
        give_back(world);
    }
}

/// Frees memory that was not needed lately.
#[cold]
fn give_back(world: &mut World) {
    if let Some(mut targets) = kept::take(world) {
        targets.give_back();
        kept::put_back(world, targets);
    }
}

#[cfg(feature = "std")]
mod thread_local {
    use core::cell::Cell;

    use super::*;

    std::thread_local! {
        static KEPT: Cell<Option<Box<DeleteTargets>>> = const { Cell::new(None) };
    }

    #[inline]
    pub(super) fn take(_: &mut World) -> Option<Box<DeleteTargets>> {
        KEPT.try_with(Cell::take).ok().flatten()
    }

    #[inline]
    pub(super) fn put_back(_: &mut World, targets: Box<DeleteTargets>) {
        // The variable is already destroyed if a world is dropped with its thread.
        _ = KEPT.try_with(|kept| kept.set(Some(targets)));
    }
}

#[cfg(not(feature = "std"))]
mod resource {
    use super::*;

    pub(super) fn take(world: &mut World) -> Option<Box<DeleteTargets>> {
        world.get_resource_mut::<Registry>()?.scratch.take()?.downcast().ok()
    }

    pub(super) fn put_back(world: &mut World, targets: Box<DeleteTargets>) {
        if let Some(mut registry) = world.get_resource_mut::<Registry>() {
            registry.scratch = Some(targets);
        }
    }
}
