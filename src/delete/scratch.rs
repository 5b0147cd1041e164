//! The buffers of a delete, which are kept for the next one.
//!
//! With `std`, each thread keeps a set of buffers: a lookup in thread-local storage takes a tenth of the time of a
//! resource lookup. Without `std`, all threads share one.

use alloc::boxed::Box;
#[cfg(feature = "std")]
use core::cell::Cell;

use bevy_ecs::world::World;
#[cfg(not(feature = "std"))]
use bevy_platform::sync::{Mutex, PoisonError};

use super::targets::DeleteTargets;
use crate::track::registry::Registry;

#[cfg(feature = "std")]
std::thread_local! {
    static KEPT: Cell<Option<Box<DeleteTargets>>> = const { Cell::new(None) };
}
#[cfg(not(feature = "std"))]
static KEPT: Mutex<Option<Box<DeleteTargets>>> = Mutex::new(None);

/// Starts a search: applies the commands that are queued already, which are not part of this delete, and takes empty
/// buffers, whose archetype facts are up to date with the world. A delete inside another gets new ones.
///
/// Commands are queued if the call is made by code with access to the world, or if another command has panicked.
#[inline]
pub(super) fn take(world: &mut World) -> Box<DeleteTargets> {
    let mut targets = replace_kept(None).unwrap_or_default();
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
    if targets.deletes >= DELETES_PER_SHRINK {
        targets.give_back();
    }
    if targets.capacity() > LARGE_CAPACITY
        && let Some(mut registry) = world.get_resource_mut::<Registry>()
    {
        registry.give_back = Some(give_back);
    }
    replace_kept(Some(targets));
}

/// Frees memory that was not needed lately.
fn give_back() {
    if let Some(mut targets) = replace_kept(None) {
        targets.give_back();
        replace_kept(Some(targets));
    }
}

/// Sets the buffers that are kept, and returns those that were.
#[inline]
fn replace_kept(targets: Option<Box<DeleteTargets>>) -> Option<Box<DeleteTargets>> {
    // The variable is already destroyed if a world is dropped with its thread.
    #[cfg(feature = "std")]
    return KEPT.try_with(|kept| kept.replace(targets)).ok().flatten();
    #[cfg(not(feature = "std"))]
    return core::mem::replace(&mut KEPT.lock().unwrap_or_else(PoisonError::into_inner), targets);
}
