//! The slot that stores the active deletion.

use alloc::boxed::Box;
use core::{cell::Cell, mem};

use bevy_ecs::{
    archetype::ArchetypeId,
    change_detection::MaybeLocation,
    entity::{Entity, EntityHashSet},
    world::{World, WorldId},
};

use super::{
    ActiveDeletion, mark_interleaved,
    storage::{begin, with_named, with_slot},
};
use crate::{
    message::{DeleteCause, DeleteReason},
    track::{registry::Settle, settle::settle_all},
};

/// The active deletion, field by field. Replacing it as a whole is measurably slower.
pub(super) struct Slot {
    state: Cell<State>,
    root: Cell<Entity>,
    reason: Cell<Option<DeleteReason>>,
    instigator: Cell<Option<Entity>>,
    pub(super) operation: Cell<u64>,
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

impl Slot {
    pub(super) const fn new() -> Self {
        Self {
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
    }

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
    let id = world.id();
    with_slot(world, |slot| {
        (slot.state.get() == State::Active(id)).then(|| slot.get())
    })
}

/// Whether the active deletion is inside another one.
#[inline]
pub(crate) fn is_nested(world: &World) -> bool {
    with_slot(world, |slot| slot.depth.get() > 0)
}

/// Runs `body` with this active deletion, and restores the outer one afterwards. After a panic, it also settles the
/// latest message of each type.
#[inline]
pub(crate) fn with_active<R>(world: &mut World, mut deletion: ActiveDeletion, body: impl FnOnce(&mut World) -> R) -> R {
    let outer = match with_slot(world, |slot| slot.state.get()) {
        State::Empty => None,
        State::Active(outer) => Some(enter(world, outer)),
        State::Panicked => {
            flush_leftovers(world);
            None
        }
    };
    let mut guard = EndOnPanic { world, outer };
    deletion.operation = begin(guard.world);
    let id = guard.world.id();
    with_slot(guard.world, |slot| slot.set(id, deletion));
    let result = body(guard.world);
    guard.end(State::Empty);
    mem::forget(guard);
    result
}

/// The outer deletion, while another one is active inside it.
struct Outer {
    world: WorldId,
    deletion: ActiveDeletion,
    named: EntityHashSet,
}

/// Takes the deletion of this world out of the slot, for one inside it.
#[cold]
fn enter(world: &mut World, outer: WorldId) -> Box<Outer> {
    if outer == world.id() {
        mark_interleaved(world);
    }
    // A delete that has panicked inside the outer one may have left commands, which are not part of this one.
    world.flush();
    with_slot(world, |slot| slot.depth.update(|depth| depth + 1));
    Box::new(Outer {
        world: outer,
        deletion: with_slot(world, Slot::get),
        named: with_named(world, mem::take),
    })
}

/// Puts the outer deletion back into the slot.
#[cold]
fn leave(world: &World, outer: Outer) {
    with_slot(world, |slot| {
        slot.set(outer.world, outer.deletion);
        slot.depth.update(|depth| depth - 1);
    });
    with_named(world, |named| *named = outer.named);
}

/// Applies the commands that a panicking delete has left, which are not part of the next one.
#[cold]
fn flush_leftovers(world: &mut World) {
    with_slot(world, |slot| slot.state.set(State::Empty));
    let guard = EndOnPanic { world, outer: None };
    guard.world.flush();
    mem::forget(guard);
}

/// Ends the active deletion after a panic, and settles the latest message of each type.
struct EndOnPanic<'w> {
    world: &'w mut World,
    outer: Option<Box<Outer>>,
}

impl EndOnPanic<'_> {
    /// Restores the outer deletion. If there is none, the slot gets this state.
    #[inline]
    fn end(&mut self, state: State) {
        match self.outer.take() {
            Some(outer) => leave(self.world, *outer),
            None => with_slot(self.world, |slot| slot.state.set(state)),
        }
    }
}

impl Drop for EndOnPanic<'_> {
    fn drop(&mut self) {
        self.end(State::Panicked);
        settle_all(&mut *self.world, Settle::Latest);
    }
}

/// Sets the entity named by the call whose tree is deleted from now on.
#[inline]
pub(crate) fn set_root(world: &World, root: Entity) {
    with_slot(world, |slot| slot.root.set(root));
}

/// Marks the active deletion as captured: from now on, hooks take no snapshots.
#[inline]
pub(crate) fn set_captured(world: &World) {
    with_slot(world, |slot| slot.is_captured.set(true));
}

/// Sets the entities that the active deletion names, for a call that names several.
pub(crate) fn set_named(world: &World, named: EntityHashSet) {
    with_slot(world, |slot| slot.names_several.set(!named.is_empty()));
    with_named(world, |current| *current = named);
}

/// Whether the active deletion, which names many, names this entity.
pub(super) fn is_named(world: &World, entity: Entity) -> bool {
    with_named(world, |named| named.contains(&entity))
}
