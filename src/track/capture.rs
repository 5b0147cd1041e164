//! Capture: from an entity that is about to be despawned to a pending message.
//!
//! Every path leads here, because Bevy calls the component's hook or triggers the observers whatever despawns the
//! entity.

use core::{
    any::type_name,
    mem,
    sync::atomic::{AtomicBool, Ordering},
};

use bevy_ecs::{
    archetype::Archetype,
    change_detection::{DetectChangesMut, MaybeLocation, Mut},
    entity::Entity,
    world::DeferredWorld,
};

use super::{
    context,
    foreign_hooks::have_foreign_despawn_hook,
    links::is_linked_to_despawned,
    pending::Pending,
    policy::{DespawnPolicy, describe_despawn},
    registry::Settle,
    settle::{settle, settle_all, settle_later},
};
use crate::{
    message::{DeleteKind, Origin, PostDelete},
    snapshot::Snapshot,
};

/// Why a value is captured.
#[derive(Debug, Clone, Copy)]
pub(super) enum CaptureEvent {
    /// Its entity is about to be despawned. The component's `on_despawn` hook captures it.
    Hook,
    /// Its entity is about to be despawned. An observer of [`Despawn`](bevy_ecs::lifecycle::Despawn) captures it.
    Observer,
    /// It is about to be removed or replaced. Its entity stays alive.
    Removal(DeleteKind),
}

/// Whether a capture must first check if it should take a snapshot at all.
///
/// A hook cannot be removed from its component, so it is still called after its type was untracked. Its policy may be
/// [`Ignore`](DespawnPolicy::Ignore) or [`Panic`](DespawnPolicy::Panic), or a delete may hold its snapshot. As long as
/// none of this has happened in the process, no capture needs to check.
static MUST_CHECK_FIRST: AtomicBool = AtomicBool::new(false);

/// Makes all captures check first.
pub(crate) fn check_first() {
    MUST_CHECK_FIRST.store(true, Ordering::Relaxed);
}

/// Captures a component that is about to be despawned, removed or replaced.
#[inline]
pub(super) fn capture<S: Snapshot>(
    mut world: DeferredWorld<'_>,
    entity: Entity,
    caller: MaybeLocation,
    event: CaptureEvent,
) {
    let active = context::deletion_of(&world, entity);
    if active.is_some_and(|deletion| deletion.is_captured) {
        return;
    }
    // Another type may have captured this entity already. If this capture panics, the entity survives.
    let mut guard = RetractOnPanic {
        world: world.reborrow(),
        entity,
    };
    capture_guarded::<S>(&mut guard.world, entity, caller, event, active.is_some());
    mem::forget(guard);
}

#[inline]
fn capture_guarded<S: Snapshot>(
    world: &mut DeferredWorld<'_>,
    entity: Entity,
    caller: MaybeLocation,
    event: CaptureEvent,
    is_delete: bool,
) {
    if MUST_CHECK_FIRST.load(Ordering::Relaxed) && !is_wanted::<S>(world, entity, caller, event, is_delete) {
        return;
    }
    let Ok(target) = world.get_entity_mut(entity) else {
        return;
    };
    let archetype = target.archetype();
    let is_related = archetype.has_discard_hook();
    let is_certain = is_certain(archetype, event);
    let snapshot = S::capture(target);

    #[cfg(debug_assertions)]
    assert_latest_despawned::<S>(world);
    // Read again: keeping it during the capture would cost more.
    let deletion = context::active(world).filter(|_| is_delete);
    let root = deletion.map(|deletion| deletion.root_of(world, entity));
    let is_cascade = is_related && !is_delete && is_linked_to_despawned(world, entity);
    let archetypes = world.archetypes().len();
    let Some(mut pending) = world.get_resource_mut::<Pending<S>>() else {
        return;
    };
    if !pending.is_settled || pending.archetypes_seen != archetypes {
        pending = match prepare::<S>(world) {
            Some(pending) => pending,
            None => return,
        };
    }
    let pending = pending.bypass_change_detection();
    let is_despawn = !matches!(event, CaptureEvent::Removal(_));
    if pending.policy == DespawnPolicy::Warn && is_despawn && !is_delete {
        log::warn!("{}", describe_despawn(type_name::<S::Component>(), entity, caller));
    }
    let Some(snapshot) = snapshot else {
        return;
    };
    let origin = match deletion.zip(root) {
        Some((deletion, root)) => {
            let operation = context::operation(deletion, &pending.operations);
            deletion.origin(entity, root, operation)
        }
        None => Origin {
            caller,
            ..Origin::new(if is_cascade {
                DeleteKind::Cascade
            } else {
                DeleteKind::Despawn
            })
        },
    };
    let origin = match event {
        CaptureEvent::Removal(kind) => Origin {
            kind,
            root: None,
            ..origin
        },
        _ => origin,
    };
    let is_certain = is_certain && !pending.has_foreign_hooks;
    let message = PostDelete {
        entity,
        snapshot,
        origin,
    };
    pending.push(message, is_certain);
    if !is_certain {
        settle_later(world, settle::<S>);
    }
}

/// Asserts that the entity of a settled message is despawned by the time of the next capture. If not, the message
/// should have been unsettled.
#[cfg(debug_assertions)]
fn assert_latest_despawned<S: Snapshot>(world: &DeferredWorld<'_>) {
    if let Some(pending) = world.get_resource::<Pending<S>>()
        && pending.is_settled
        && let Some(latest) = pending.messages.last()
        && latest.origin.kind.ends_entity()
    {
        let entity = latest.entity;
        debug_assert!(
            !world.entities().contains_spawned(entity),
            "{entity} was captured, but is alive"
        );
    }
}

/// Whether no other code can run between this capture and the despawn, except for other captures.
///
/// Whether other components have `on_despawn` hooks is not known here: see [`Pending::has_foreign_hooks`].
#[inline]
fn is_certain(archetype: &Archetype, event: CaptureEvent) -> bool {
    matches!(event, CaptureEvent::Hook)
        && !archetype.has_discard_hook()
        && !archetype.has_discard_observer()
        && !archetype.has_remove_hook()
        && !archetype.has_remove_observer()
}

/// Settles the earlier messages of the type, and looks for hooks in archetypes that are new.
#[cold]
fn prepare<'w, S: Snapshot>(world: &'w mut DeferredWorld<'_>) -> Option<Mut<'w, Pending<S>>> {
    settle::<S>(world, Settle::Latest);
    let pending = world.get_resource::<Pending<S>>()?;
    let (component, seen) = (pending.component, pending.archetypes_seen);
    let has_foreign_hooks = have_foreign_despawn_hook(world, component, seen);
    let archetypes = world.archetypes().len();
    let mut pending = world.get_resource_mut::<Pending<S>>()?;
    let state = pending.bypass_change_detection();
    state.archetypes_seen = archetypes;
    state.has_foreign_hooks |= has_foreign_hooks;
    Some(pending)
}

/// Whether the type is captured at this event, checked before the snapshot is taken. Applies [`DespawnPolicy::Panic`].
#[cold]
fn is_wanted<S: Snapshot>(
    world: &mut DeferredWorld<'_>,
    entity: Entity,
    caller: MaybeLocation,
    event: CaptureEvent,
    is_delete: bool,
) -> bool {
    let Some(pending) = world.get_resource::<Pending<S>>() else {
        return false;
    };
    // A hook cannot be removed. If its type was untracked and is tracked again with an observer, the hook still runs,
    // and must not capture.
    let is_other_source = match event {
        CaptureEvent::Hook => !pending.has_hook,
        CaptureEvent::Observer => pending.has_hook,
        CaptureEvent::Removal(_) => false,
    };
    if is_other_source || pending.held.contains_key(&entity) {
        return false;
    }
    let is_plain_despawn = !is_delete && !matches!(event, CaptureEvent::Removal(_));
    match pending.policy {
        DespawnPolicy::Panic if is_plain_despawn => {
            panic!("{}", describe_despawn(type_name::<S::Component>(), entity, caller))
        }
        DespawnPolicy::Ignore if is_plain_despawn => {
            // An earlier despawn of this entity may have panicked after its capture.
            settle::<S>(world, Settle::Latest);
            false
        }
        _ => true,
    }
}

/// If a capture panics, the entity survives: retracts what other types have captured of it.
struct RetractOnPanic<'w> {
    world: DeferredWorld<'w>,
    entity: Entity,
}

impl Drop for RetractOnPanic<'_> {
    fn drop(&mut self) {
        settle_all(self.world.reborrow(), Settle::Survivor(self.entity));
    }
}
