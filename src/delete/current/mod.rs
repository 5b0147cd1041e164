//! Where the open deletion is found by whatever is captured meanwhile.
//!
//! Captures are made by hooks and observers, which Bevy calls without telling them why the entity goes. So a delete
//! leaves word here before it despawns anything.
//!
//! With `std`, the word is left in thread-local storage, where a hook finds it in a tenth of the time of a resource
//! look-up. A deletion begins and ends on one thread, within one borrow of its world, so no other thread can ask for it,
//! unless a command lends the world to a scoped thread meanwhile, whose despawns then pass for plain ones. That it belongs
//! to another world is told by the world's id. Without `std`, it is left in the world's [`Deletions`].

use core::mem;

use bevy_ecs::world::World;

use super::open::{Capturing, Open, Tally};
use crate::deletions::Deletions;

#[cfg(feature = "std")]
mod in_thread;
#[cfg(not(feature = "std"))]
mod in_world;

#[cfg(feature = "std")]
pub(crate) use in_thread::*;
#[cfg(not(feature = "std"))]
pub(crate) use in_world::*;

/// Runs `body` with this deletion open and its messages counted.
///
/// Returns what `body` does, the number of the deletion, and the count.
pub(crate) fn within_counted<R>(world: &mut World, open: Open, body: impl FnOnce(&mut World) -> R) -> (R, u64, Tally) {
    /// Goes on with the outer tally when it is dropped.
    struct Counting<'w> {
        world: &'w mut World,
        outer: Tally,
    }
    impl Drop for Counting<'_> {
        fn drop(&mut self) {
            replace_tally(self.world, mem::take(&mut self.outer));
        }
    }

    let outer = replace_tally(world, Tally::new());
    let counting = Counting { world, outer };
    let open = Open {
        capturing: Capturing::Counted,
        ..open
    };
    let (result, operation) = within(counting.world, open, |world| {
        let result = body(world);
        (result, number_current(world))
    });
    (result, operation, replace_tally(counting.world, Tally::new()))
}

/// A delete begins within another: the messages of the two may be captured in turns, and are to be told apart.
#[cold]
fn interleave(world: &mut World) {
    number_current(world);
    if let Some(mut deletions) = world.get_resource_mut::<Deletions>() {
        deletions.interleaved = true;
    }
}

/// The number of the open deletion, or `0` in a world that tracks nothing.
///
/// A deletion is numbered when its first message or somebody else asks for the number.
pub(crate) fn number_current(world: &World) -> u64 {
    let (Some(open), Some(deletions)) = (current(world), world.get_resource::<Deletions>()) else {
        return 0;
    };
    number(open, &deletions.operations)
}
