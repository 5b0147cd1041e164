//! Snapshots that a delete takes before its first despawn, and holds until their entity is despawned.
//!
//! Bevy removes a relationship target such as `Children` from an entity together with the last source. A delete
//! despawns the sources first, so the component is no longer there when the delete reaches the entity. The same is true
//! of a relationship that a delete removes itself, to despawn its source later than the target.

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

/// Captures an entity that a delete will despawn later. Until then, nothing else captures it.
pub(crate) fn hold<S: Snapshot>(world: &mut World, entity: Entity) {
    // The hook or observer must find out that it is held.
    check_first();
    let Some(pending) = world.get_resource::<Pending<S>>() else {
        return;
    };
    let component = pending.component;
    if pending.held.contains_key(&entity) {
        return;
    }
    if let Ok(target) = world.get_entity_mut(entity)
        && target.contains_id(component)
    {
        let snapshot = S::capture(target.into());
        if let Some(mut pending) = world.get_resource_mut::<Pending<S>>() {
            pending.bypass_change_detection().held.insert(entity, snapshot);
        }
    }
}

/// Adds the message of an entity that was held, for the active deletion. Drops the snapshot if the entity has survived.
pub(crate) fn release<S: Snapshot>(world: &mut World, target: Target) {
    let is_spawned = world.entities().contains_spawned(target.entity);
    let held = world
        .get_resource_mut::<Pending<S>>()
        .and_then(|mut pending| pending.bypass_change_detection().held.remove(&target.entity));
    let (Some(Some(snapshot)), Some(deletion)) = (held, context::active(world)) else {
        return;
    };
    if is_spawned {
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
