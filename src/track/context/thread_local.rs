//! With `std`: the active deletion in a thread-local variable.

use core::{
    cell::{Cell, RefCell},
    mem,
};

use bevy_ecs::{
    archetype::ArchetypeId,
    change_detection::MaybeLocation,
    entity::{Entity, EntityHashSet},
    world::{World, WorldId},
};

use super::{ActiveDeletion, mark_interleaved};
use crate::{
    message::{DeleteCause, DeleteReason},
    track::registry::Operations,
};

/// The active deletion of this thread, field by field. Replacing it as a whole is measurably slower.
struct Slot {
    state: Cell<State>,
    root: Cell<Entity>,
    reason: Cell<Option<DeleteReason>>,
    instigator: Cell<Option<Entity>>,
    operation: Cell<u64>,
    caller: Cell<MaybeLocation>,
    is_captured: Cell<bool>,
    names_several: Cell<bool>,
    only: Cell<ArchetypeId>,
    /// The number of outer deletions.
    depth: Cell<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Empty,
    /// A delete is active in this world.
    Active(WorldId),
    /// Empty, and the last delete has panicked. It may have left commands in the queue of its world.
    Panicked,
}

std::thread_local! {
    static SLOT: Slot = const {
        Slot {
            state: Cell::new(State::Empty),
            root: Cell::new(Entity::PLACEHOLDER),
            reason: Cell::new(None),
            instigator: Cell::new(None),
            operation: Cell::new(0),
            caller: Cell::new(MaybeLocation::caller()),
            is_captured: Cell::new(false),
            names_several: Cell::new(false),
            only: Cell::new(ArchetypeId::EMPTY),
            depth: Cell::new(0),
        }
    };
    /// The entities that the active deletion names, if they are several.
    static NAMED: RefCell<EntityHashSet> = const { RefCell::new(EntityHashSet::new()) };
}

impl Slot {
    #[inline]
    fn get(&self) -> ActiveDeletion {
        ActiveDeletion {
            root: self.root.get(),
            cause: DeleteCause {
                reason: self.reason.get(),
                instigator: self.instigator.get(),
            },
            operation: self.operation.get(),
            caller: self.caller.get(),
            is_captured: self.is_captured.get(),
            names_several: self.names_several.get(),
            only: self.only.get(),
        }
    }

    #[inline]
    fn set(&self, world: WorldId, deletion: ActiveDeletion) {
        self.state.set(State::Active(world));
        self.root.set(deletion.root);
        self.reason.set(deletion.cause.reason);
        self.instigator.set(deletion.cause.instigator);
        self.operation.set(deletion.operation);
        self.caller.set(deletion.caller);
        self.is_captured.set(deletion.is_captured);
        self.names_several.set(deletion.names_several);
        self.only.set(deletion.only);
    }
}

/// Returns the active deletion of this world.
#[inline]
pub(crate) fn active(world: &World) -> Option<ActiveDeletion> {
    let world = world.id();
    SLOT.with(|slot| (slot.state.get() == State::Active(world)).then(|| slot.get()))
}

/// Whether the active deletion is inside another one.
#[inline]
pub(crate) fn is_nested(_: &World) -> bool {
    SLOT.with(|slot| slot.depth.get() > 0)
}

/// Runs `body` with this active deletion in the slot, and restores the outer one afterwards.
#[inline]
pub(super) fn with_slot<R>(world: &mut World, deletion: ActiveDeletion, body: impl FnOnce(&mut World) -> R) -> R {
    struct End;
    impl Drop for End {
        #[inline]
        fn drop(&mut self) {
            SLOT.with(|slot| slot.state.set(State::Empty));
        }
    }

    let id = world.id();
    match SLOT.with(|slot| slot.state.get()) {
        State::Empty => {}
        State::Active(outer) => return with_nested(world, deletion, outer, body),
        State::Panicked => flush_leftovers(world),
    }
    SLOT.with(|slot| slot.set(id, deletion));
    let _end = End;
    body(world)
}

#[cold]
fn with_nested<R>(
    world: &mut World,
    deletion: ActiveDeletion,
    outer: WorldId,
    body: impl FnOnce(&mut World) -> R,
) -> R {
    struct Restore {
        world: WorldId,
        deletion: ActiveDeletion,
        named: EntityHashSet,
    }
    impl Drop for Restore {
        fn drop(&mut self) {
            SLOT.with(|slot| {
                slot.set(self.world, self.deletion);
                slot.depth.update(|depth| depth - 1);
            });
            replace_named(mem::take(&mut self.named));
        }
    }

    if outer == world.id() {
        mark_interleaved(world);
    }
    // A delete that has panicked inside the outer one may have left commands, which are not part of this one.
    world.flush();
    let _restore = Restore {
        world: outer,
        deletion: SLOT.with(Slot::get),
        named: replace_named(EntityHashSet::new()),
    };
    SLOT.with(|slot| {
        slot.set(world.id(), deletion);
        slot.depth.update(|depth| depth + 1);
    });
    body(world)
}

/// Applies the commands that a panicking delete has left, which are not part of the next one.
#[cold]
fn flush_leftovers(world: &mut World) {
    SLOT.with(|slot| slot.state.set(State::Empty));
    world.flush();
}

/// Records that a delete has panicked, unless it was inside another.
pub(super) fn mark_panicked() {
    SLOT.with(|slot| {
        if slot.state.get() == State::Empty {
            slot.state.set(State::Panicked);
        }
    });
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

/// Sets the entity named by the call whose tree is deleted from now on.
#[inline]
pub(crate) fn set_root(_: &mut World, root: Entity) {
    SLOT.with(|slot| slot.root.set(root));
}

/// Marks the active deletion as captured: from now on, hooks take no snapshots.
#[inline]
pub(crate) fn set_captured(_: &mut World) {
    SLOT.with(|slot| slot.is_captured.set(true));
}

/// Sets the entities that the active deletion names, for a call that names several.
pub(crate) fn set_named(_: &mut World, named: EntityHashSet) {
    SLOT.with(|slot| slot.names_several.set(!named.is_empty()));
    replace_named(named);
}

/// Whether the active deletion, which names many, names this entity.
pub(super) fn is_named(_: &World, entity: Entity) -> bool {
    NAMED
        .try_with(|named| named.borrow().contains(&entity))
        .unwrap_or(false)
}

fn replace_named(named: EntityHashSet) -> EntityHashSet {
    // A world that is dropped with its thread may delete when this variable is already destroyed.
    NAMED.try_with(|current| current.replace(named)).unwrap_or_default()
}
