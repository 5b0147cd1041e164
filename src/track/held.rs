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

/// Captures an entity that a delete will despawn later. Until then, its hook and observers take no snapshot. Returns
/// `false` if it is held already, by this delete or an outer one.
pub(crate) fn hold<S: Snapshot>(world: &mut World, entity: Entity) -> bool {
    let pending = world.get_resource::<Pending<S>>();
    if pending.is_none_or(|pending| pending.held.contains_key(&entity)) {
        return false;
    }
    // From now on, hooks and observers must look at the entities that are held.
    check_first();
    let Ok(target) = world.get_entity_mut(entity) else {
        return false;
    };
    let snapshot = S::capture(target.into());
    let Some(mut pending) = world.get_resource_mut::<Pending<S>>() else {
        return false;
    };
    let pending = pending.bypass_change_detection();
    pending.held.insert(entity, pending.held_snapshots.len());
    pending.held_snapshots.push(snapshot);
    true
}

/// Adds the message of an entity whose snapshot was held. Without an origin, the entity has survived a panic, and its
/// snapshot is dropped, as for a removal if these are not published.
pub(crate) fn release<S: Snapshot>(world: &mut World, entity: Entity, origin: Option<Origin>) {
    let Some(mut pending) = world.get_resource_mut::<Pending<S>>() else {
        return;
    };
    let pending = pending.bypass_change_detection();
    let origin = origin.filter(|origin| origin.kind.ends_entity() || pending.with_removals);
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
