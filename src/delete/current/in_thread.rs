//! With `std`: in thread-local storage.

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
