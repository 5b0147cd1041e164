//! The component hooks and observers that start a capture.
//!
//! A hook costs half as much as an observer. But a component can have only one `on_despawn` hook, and it must be
//! registered before any archetype contains the component.

use bevy_ecs::{
    change_detection::{DetectChangesMut, MaybeLocation},
    component::{Component, ComponentId},
    entity::Entity,
    lifecycle::{Despawn, Discard, Insert},
    observer::{Observer, On},
    world::{DeferredWorld, World},
};
use smallvec::SmallVec;

use super::{
    capture::{CaptureEvent, capture},
    pending::Pending,
};
use crate::{
    message::DeleteKind,
    snapshot::{Snapshot, SnapshotType},
};

/// Gives the component an `on_despawn` hook that captures `S`. Returns whether that was possible.
pub(super) fn add_hook<S: Snapshot>(world: &mut World, component: ComponentId) -> bool {
    let has_archetype = world.archetypes().component_index().contains_key(&component);
    !has_archetype
        && world.register_component_hooks_by_id(component).is_some_and(|hooks| {
            let hook = hooks.try_on_despawn(|world, context| {
                capture::<S>(world, context.entity, context.caller, CaptureEvent::Hook);
            });
            hook.is_some()
        })
}

/// Marks an observer that captures a snapshot type. The observers themselves do not name the type, so they are compiled
/// once.
#[derive(Component, Clone, Copy)]
pub(super) struct CaptureObserver {
    snapshot: SnapshotType,
    component: ComponentId,
    capture: fn(DeferredWorld<'_>, Entity, MaybeLocation, CaptureEvent),
    confirm: fn(&mut DeferredWorld<'_>, Entity),
}

impl CaptureObserver {
    pub(super) fn of<S: Snapshot>(component: ComponentId) -> Self {
        Self {
            snapshot: SnapshotType::of::<S>(),
            component,
            capture: capture::<S>,
            confirm: confirm::<S>,
        }
    }
}

/// Spawns these observers of the component.
pub(super) fn spawn_observers(world: &mut World, capture: CaptureObserver, observers: &[fn() -> Observer]) {
    for observer in observers {
        world.spawn((observer().with_component(capture.component), capture));
    }
    world.flush();
}

// The events of these observers name no component, since the observers get it by its id.

/// Captures a value whose entity is about to be despawned.
pub(super) fn capture_despawn() -> Observer {
    Observer::new(|on: On<Despawn<()>>, world: DeferredWorld| {
        if let Some(CaptureObserver { capture, .. }) = world.get(on.observer()).copied() {
            capture(world, on.entity, on.caller(), CaptureEvent::Observer);
        }
    })
}

/// Captures a value that is about to be removed or replaced on a living entity.
pub(super) fn capture_removal() -> Observer {
    Observer::new(|on: On<Discard<()>>, world: DeferredWorld| {
        // Without a new archetype the entity is being despawned, and is already captured.
        if let Some(archetype) = on.trigger().new_archetype
            && let Some(CaptureObserver { component, capture, .. }) = world.get(on.observer()).copied()
        {
            let kind = if archetype.contains(component) {
                DeleteKind::Replace
            } else {
                DeleteKind::Remove
            };
            capture(world, on.entity, on.caller(), CaptureEvent::Removal(kind));
        }
    })
}

/// Confirms a replacement.
pub(super) fn confirm_insert() -> Observer {
    Observer::new(|on: On<Insert<()>>, mut world: DeferredWorld| {
        if let Some(CaptureObserver { confirm, .. }) = world.get(on.observer()).copied() {
            confirm(&mut world, on.entity);
        }
    })
}

/// Confirms the replacement that was captured last: another value was inserted.
fn confirm<S: Snapshot>(world: &mut DeferredWorld<'_>, entity: Entity) {
    if let Some(mut pending) = world.get_resource_mut::<Pending<S>>() {
        let pending = pending.bypass_change_detection();
        let latest = pending.messages.last();
        let is_removal = latest.is_some_and(|latest| latest.entity == entity && !latest.origin.kind.ends_entity());
        pending.is_settled |= is_removal;
    }
}

/// Despawns all observers that capture this type.
pub(super) fn remove_observers(world: &mut World, snapshot: SnapshotType) {
    if capture_observers(world, snapshot).is_empty() {
        return;
    }
    // Queued commands may trigger the observers. Bevy cannot trigger one while it is despawned.
    world.flush();
    for observer in capture_observers(world, snapshot) {
        world.despawn(observer);
    }
}

fn capture_observers(world: &mut World, snapshot: SnapshotType) -> SmallVec<[Entity; 3]> {
    let mut observers = world.query::<(Entity, &CaptureObserver)>();
    let observers = observers.iter(world);
    let observers = observers.filter(|(_, observer)| observer.snapshot == snapshot);
    observers.map(|(entity, _)| entity).collect()
}
