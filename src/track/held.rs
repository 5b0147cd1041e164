//! Snapshots that a delete takes early, and holds until the entity is despawned.
//!
//! Bevy removes a relationship target such as `Children` from an entity together with the last source. A delete
//! despawns the sources first, so the component is no longer there when the delete reaches the entity. A delete also
//! removes some relationships itself, so that Bevy does not despawn the source together with its target.
//!
//! A tracked relationship component makes its entities observed, since Bevy's own hooks run for it. So the fast path,
//! which captures all entities first anyway, never holds any.

use alloc::vec;

use bevy_ecs::{
    change_detection::DetectChangesMut,
    entity::Entity,
    world::{DeferredWorld, World},
};

use super::{
    capture::check_first,
    context,
    pending::Pending,
    registry::{Settle, Target},
    settle::settle,
};
use crate::{message::PostDelete, panics::drop_each, snapshot::Snapshot};

/// Captures an entity that a delete will despawn later, unless it is held already. Until then, its hook and observers
/// take no snapshot. Returns whether it has the tracked component.
pub(crate) fn hold<S: Snapshot>(world: &mut World, entity: Entity) -> bool {
    let Some(pending) = world.get_resource::<Pending<S>>() else {
        return false;
    };
    let (component, is_held) = (pending.component, pending.held.contains_key(&entity));
    let Ok(target) = world.get_entity_mut(entity) else {
        return false;
    };
    if is_held || !target.contains_id(component) {
        return is_held;
    }
    // From now on, hooks and observers must look at the entities that are held.
    check_first();
    let snapshot = S::capture(target.into());
    if let Some(mut pending) = world.get_resource_mut::<Pending<S>>() {
        pending.bypass_change_detection().held.insert(entity, snapshot);
    }
    true
}

/// Adds the message of a despawned entity whose snapshot was held. If the entity has survived, drops the snapshot.
pub(crate) fn release<S: Snapshot>(world: &mut World, target: Target) {
    let is_spawned = world.entities().contains_spawned(target.entity);
    let held = world
        .get_resource_mut::<Pending<S>>()
        .and_then(|mut pending| pending.bypass_change_detection().held.remove(&target.entity));
    let (Some(Some(snapshot)), Some(deletion)) = (held, context::active(world)) else {
        return;
    };
    if is_spawned {
        // Not a plain drop: the thread may be panicking already, and a second panic would abort.
        return drop_each(vec![snapshot]);
    }
    settle::<S>(&mut DeferredWorld::from(&mut *world), Settle::Latest);
    if let Some(mut pending) = world.get_resource_mut::<Pending<S>>() {
        let pending = pending.bypass_change_detection();
        let operation = context::operation(deletion, &pending.operations);
        let message = PostDelete {
            entity: target.entity,
            snapshot,
            origin: deletion.origin(target.entity, target.root, operation),
        };
        pending.push(message, true);
    }
}
