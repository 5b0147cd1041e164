//! The active deletion: the delete call that is running.
//!
//! Bevy calls hooks and observers without saying why an entity is despawned. So a delete call stores its origin here
//! before it despawns anything, and captures look it up.
//!
//! With `std`, it is stored in a thread-local variable, which a hook reads in a tenth of the time of a resource lookup.
//! A delete call starts and ends on one thread, and borrows its world for all that time, so no other thread can need
//! it. (A command can lend the world to a scoped thread. Despawns on that thread count as plain despawns.) Without
//! `std`, it is stored in a resource.

mod slot;
#[cfg_attr(feature = "std", path = "thread_local.rs")]
#[cfg_attr(not(feature = "std"), path = "resource.rs")]
mod storage;

pub(crate) use slot::{active, is_nested, set_captured, set_named, set_root, with_active};
pub(crate) use storage::operation;

use bevy_ecs::{archetype::ArchetypeId, change_detection::MaybeLocation, entity::Entity, world::World};

use self::slot::is_named;
use super::{foreign_hooks::has_foreign_despawn_hook, registry::Registry};
use crate::message::{DeleteCause, DeleteKind, Origin};

/// The cause and the source line of a delete call, which are recorded in all of its messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeleteCall {
    pub(crate) cause: DeleteCause,
    pub(crate) caller: MaybeLocation,
}

impl DeleteCall {
    #[inline]
    #[track_caller]
    pub(crate) const fn new(cause: DeleteCause) -> Self {
        let caller = MaybeLocation::caller();
        Self { cause, caller }
    }
}

/// A delete call that is running.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ActiveDeletion {
    /// The entity named by the call whose tree is being deleted.
    root: Entity,
    cause: DeleteCause,
    /// 0 until [`operation`] assigns it.
    operation: u64,
    caller: MaybeLocation,
    /// Whether all snapshots have been taken already, so that hooks need not.
    pub(super) is_captured: bool,
    /// Whether the call names more entities than `root`.
    names_several: bool,
    /// The archetype of `root`, if the call deletes only `root`, and only `on_despawn` hooks run: see [`deletion_of`].
    /// Otherwise the empty one.
    pub(crate) only: ArchetypeId,
}

impl ActiveDeletion {
    #[inline]
    pub(crate) const fn new(root: Entity, call: DeleteCall) -> Self {
        Self {
            root,
            cause: call.cause,
            operation: 0,
            caller: call.caller,
            is_captured: false,
            names_several: false,
            only: ArchetypeId::EMPTY,
        }
    }

    /// Returns the root of an entity that is despawned during this deletion: itself, if the call names it.
    #[inline]
    pub(crate) fn root_of(&self, world: &World, entity: Entity) -> Entity {
        if self.names_several && is_named(world, entity) {
            entity
        } else {
            self.root
        }
    }

    /// Returns the origin of an entity that is deleted because the call named `root`.
    #[inline]
    pub(crate) fn origin(&self, entity: Entity, root: Entity, operation: u64) -> Origin {
        Origin {
            kind: if entity == root {
                DeleteKind::Direct
            } else {
                DeleteKind::Cascade
            },
            root: Some(root),
            reason: self.cause.reason,
            instigator: self.cause.instigator,
            operation,
            caller: self.caller,
        }
    }
}

/// Returns the active deletion, if the despawn of this entity is part of it.
///
/// A command that has panicked may have left commands in the queue. If the next delete is that of a single entity, they
/// are applied after its despawn, because flushing first would take up to 7 % of the time. If no code could have queued
/// them during that despawn, they are not part of the delete.
#[inline]
pub(crate) fn deletion_of(world: &World, entity: Entity) -> Option<ActiveDeletion> {
    active(world).filter(|deletion| deletion.root == entity || can_despawn_others(world, deletion.only))
}

/// Whether a deletion with this [`only`](ActiveDeletion::only) can despawn other entities than its root.
#[cold]
fn can_despawn_others(world: &World, only: ArchetypeId) -> bool {
    let archetype = world.archetypes().get(only);
    only == ArchetypeId::EMPTY || archetype.is_some_and(|archetype| has_foreign_despawn_hook(world, archetype))
}

/// Returns the number of the active deletion. 0 in a world that has never tracked a type.
pub(crate) fn active_operation(world: &World) -> u64 {
    match (active(world), world.get_resource::<Registry>()) {
        (Some(deletion), Some(registry)) => operation(deletion, &registry.operations),
        _ => 0,
    }
}

/// Prepares for a delete call inside another: the outer one gets the lower number, and the next publish sorts.
#[cold]
fn mark_interleaved(world: &mut World) {
    active_operation(world);
    if let Some(mut registry) = world.get_resource_mut::<Registry>() {
        registry.is_interleaved = true;
    }
}
