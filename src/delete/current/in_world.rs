//! Without `std`: in the world's [`Deletions`].

use core::{any::TypeId, mem};

use bevy_ecs::world::{DeferredWorld, World};

use super::interleave;
use crate::{
    delete::open::{Capturing, Open, Tally, count},
    deletions::{Deletions, Operations},
};

// A world without `Deletions` tracks nothing, so nobody would ask.

/// The deletion that is under way in this world.
pub(crate) fn current(world: &World) -> Option<Open> {
    world.get_resource::<Deletions>()?.open
}

/// Leaves word of a deletion until it is dropped.
struct Closing<'w> {
    world: &'w mut World,
    outer: Option<Open>,
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        if let Some(mut deletions) = self.world.get_resource_mut::<Deletions>() {
            deletions.open = self.outer;
        }
    }
}

/// Runs `body` with this deletion open.
///
/// It is closed when `body` unwinds, too. A deletion that was open before is open again afterwards.
pub(crate) fn within<R>(world: &mut World, mut open: Open, body: impl FnOnce(&mut World) -> R) -> R {
    #[cfg(feature = "trace")]
    let _span = open.span();
    if current(world).is_some() {
        interleave(world);
    }
    let mut outer = None;
    if let Some(mut deletions) = world.get_resource_mut::<Deletions>() {
        deletions.operations += 1;
        open.operation = deletions.operations;
        outer = deletions.open.replace(open);
    }
    let closing = Closing { world, outer };
    body(closing.world)
}

/// The number of the open deletion, which was given to it when it was opened.
pub(crate) fn number(open: Open, _: &Operations) -> u64 {
    open.operation
}

/// All that goes in the open deletion from now on was captured ahead.
pub(crate) fn capture_no_more(world: &mut World) {
    if let Some(mut deletions) = world.get_resource_mut::<Deletions>()
        && let Some(open) = &mut deletions.open
    {
        open.capturing = Capturing::Ahead;
    }
}

/// Counts messages of this snapshot type.
#[cold]
pub(crate) fn tally(world: &mut DeferredWorld, snapshot: TypeId, messages: usize) {
    if let Some(mut deletions) = world.get_resource_mut::<Deletions>() {
        count(&mut deletions.tally, snapshot, messages);
    }
}

/// Begins another tally, and returns the one before.
pub(super) fn replace_tally(world: &mut World, tally: Tally) -> Tally {
    world
        .get_resource_mut::<Deletions>()
        .map_or_else(Tally::new, |mut deletions| mem::replace(&mut deletions.tally, tally))
}
