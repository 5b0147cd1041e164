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

#[cfg(feature = "std")]
mod in_thread {
    use core::{
        any::TypeId,
        cell::{Cell, RefCell},
        sync::atomic::Ordering,
    };

    use bevy_ecs::{
        change_detection::MaybeLocation,
        entity::Entity,
        world::{DeferredWorld, World, WorldId},
    };

    use super::interleave;
    use crate::{
        delete::open::{Capturing, Open, Tally, count},
        deletions::Operations,
        message::DeleteReason,
    };

    /// One cell a field: a value that is written field by field and read back as a whole stalls every capture on the
    /// processor's store buffer.
    struct Slot {
        world: Cell<Option<WorldId>>,
        root: Cell<Option<Entity>>,
        reason: Cell<Option<DeleteReason>>,
        operation: Cell<u64>,
        caller: Cell<MaybeLocation>,
        capturing: Cell<Capturing>,
    }

    std::thread_local! {
        static SLOT: Slot = const {
            Slot {
                world: Cell::new(None),
                root: Cell::new(None),
                reason: Cell::new(None),
                operation: Cell::new(0),
                caller: Cell::new(MaybeLocation::caller()),
                capturing: Cell::new(Capturing::On),
            }
        };
        static TALLY: RefCell<Tally> = RefCell::default();
    }

    impl Slot {
        #[inline]
        fn open(&self) -> Open {
            Open {
                root: self.root.get(),
                reason: self.reason.get(),
                operation: self.operation.get(),
                caller: self.caller.get(),
                capturing: self.capturing.get(),
            }
        }

        #[inline]
        fn set(&self, world: WorldId, open: Open) {
            self.world.set(Some(world));
            self.root.set(open.root);
            self.reason.set(open.reason);
            self.operation.set(open.operation);
            self.caller.set(open.caller);
            self.capturing.set(open.capturing);
        }
    }

    /// The deletion that is under way in this world.
    #[inline]
    pub(crate) fn current(world: &World) -> Option<Open> {
        let world = world.id();
        SLOT.with(|slot| (slot.world.get() == Some(world)).then(|| slot.open()))
    }

    /// Runs `body` with this deletion open.
    ///
    /// It is closed when `body` unwinds, too. A deletion that was open before is open again afterwards.
    #[inline]
    pub(crate) fn within<R>(world: &mut World, open: Open, body: impl FnOnce(&mut World) -> R) -> R {
        #[cfg(feature = "trace")]
        let _span = open.span();
        struct Closing;
        impl Drop for Closing {
            #[inline]
            fn drop(&mut self) {
                SLOT.with(|slot| slot.world.set(None));
            }
        }

        let id = world.id();
        let outer = SLOT.with(|slot| slot.world.get());
        if let Some(outer) = outer {
            return within_outer(world, open, outer, body);
        }
        SLOT.with(|slot| slot.set(id, open));
        let _closing = Closing;
        body(world)
    }

    /// Runs `body` with this deletion open while another is.
    #[cold]
    fn within_outer<R>(world: &mut World, open: Open, outer: WorldId, body: impl FnOnce(&mut World) -> R) -> R {
        struct Closing(WorldId, Open);
        impl Drop for Closing {
            fn drop(&mut self) {
                SLOT.with(|slot| slot.set(self.0, self.1));
            }
        }

        if outer == world.id() {
            interleave(world);
        }
        let _closing = SLOT.with(|slot| {
            let closing = Closing(outer, slot.open());
            slot.set(world.id(), open);
            closing
        });
        body(world)
    }

    /// The number of the open deletion, given to it now if it has none yet.
    #[inline]
    pub(crate) fn number(open: Open, operations: &Operations) -> u64 {
        if open.operation != 0 {
            return open.operation;
        }
        // Only who has the world can delete in it, so nobody else counts meanwhile.
        let operation = operations.load(Ordering::Relaxed) + 1;
        operations.store(operation, Ordering::Relaxed);
        SLOT.with(|slot| slot.operation.set(operation));
        operation
    }

    /// All that goes in the open deletion from now on was captured ahead.
    pub(crate) fn capture_no_more(_: &mut World) {
        SLOT.with(|slot| slot.capturing.set(Capturing::Ahead));
    }

    /// Counts messages of this snapshot type.
    #[cold]
    pub(crate) fn tally(_: &mut DeferredWorld, snapshot: TypeId, messages: usize) {
        _ = TALLY.try_with(|tally| count(&mut tally.borrow_mut(), snapshot, messages));
    }

    /// Begins another tally, and returns the one before.
    pub(super) fn replace_tally(_: &mut World, tally: Tally) -> Tally {
        // A thread that ends, and drops a world as it does, counts no more.
        TALLY.try_with(|current| current.replace(tally)).unwrap_or_default()
    }
}

#[cfg(not(feature = "std"))]
mod in_world {
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
}
