//! Snapshots that a delete takes early, and holds until the entity is despawned.
//!
//! Bevy removes a relationship target such as `Children` from an entity together with the last source. A delete
//! despawns the sources first, so the component is no longer there when the delete reaches the entity. A delete also
//! removes some relationships itself, so that Bevy does not despawn the source together with its target.
//!
//! The fast path captures all entities before the first despawn, so it never holds any.

use bevy_ecs::{
    change_detection::DetectChangesMut,
    entity::Entity,
    world::{DeferredWorld, World},
};

use super::{capture::check_first, pending::Pending, registry::Settle, settle::settle};
use crate::{
    message::{Origin, PostDelete},
    panics::catch,
    snapshot::Snapshot,
};

/// Captures an entity that a delete will despawn later, unless it is held already. Until then, its hook and observers
/// take no snapshot.
pub(crate) fn hold<S: Snapshot>(world: &mut World, entity: Entity) {
    let pending = world.get_resource::<Pending<S>>();
    if pending.is_none_or(|pending| pending.held.contains_key(&entity)) {
        return;
    }
    // From now on, hooks and observers must look at the entities that are held.
    check_first();
    let Ok(target) = world.get_entity_mut(entity) else {
        return;
    };
    let snapshot = S::capture(target.into());
    if let Some(mut pending) = world.get_resource_mut::<Pending<S>>() {
        let pending = pending.bypass_change_detection();
        pending.held.insert(entity, pending.held_snapshots.len());
        pending.held_snapshots.push(snapshot);
    }
}

/// Adds the message of a despawned entity whose snapshot was held. Without an origin, the entity has survived, and its
/// snapshot is dropped.
pub(crate) fn release<S: Snapshot>(world: &mut World, entity: Entity, origin: Option<Origin>) {
    let Some(mut pending) = world.get_resource_mut::<Pending<S>>() else {
        return;
    };
    let pending = pending.bypass_change_detection();
    let Some(position) = pending.held.remove(&entity) else {
        return;
    };
    let mut snapshot = pending.held_snapshots[position].take();
    if pending.held.is_empty() {
        pending.held_snapshots.clear();
    }
    let Some(origin) = origin else {
        // The delete is panicking, and a second panic would abort.
        _ = catch(&mut || snapshot = None);
        return;
    };
    let Some(snapshot) = snapshot else {
        return;
    };
    settle::<S>(&mut DeferredWorld::from(&mut *world), Settle::Latest);
    if let Some(mut pending) = world.get_resource_mut::<Pending<S>>() {
        let message = PostDelete {
            entity,
            snapshot,
            origin,
        };
        pending.bypass_change_detection().push(message, true);
    }
}
