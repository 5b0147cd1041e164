//! Capture of all targets of a delete before the first despawn, for deletes during which no other code can run.

use alloc::vec::Vec;
use core::mem;

use bevy_ecs::{
    change_detection::DetectChangesMut,
    component::ComponentId,
    world::{DeferredWorld, World},
};

use super::{
    context,
    pending::Pending,
    registry::{Settle, Target},
    settle::settle,
};
use crate::{message::PostDelete, snapshot::Snapshot};

/// Captures those of these entities that have the component, before any of them is despawned, for the active deletion.
pub(crate) fn capture_all<S: Snapshot>(world: &mut World, component: ComponentId, targets: &[Target]) {
    let Some(deletion) = context::active(world) else {
        return;
    };
    let mut world = DeferredWorld::from(world);
    let (single, snapshot) = match targets {
        [target] => {
            let entity = world.get_entity_mut(target.entity).ok();
            let entity = entity.filter(|entity| entity.contains_id(component));
            (Some(target), entity.and_then(S::capture))
        }
        _ => (None, None),
    };
    let Some(mut pending) = world.get_resource_mut::<Pending<S>>() else {
        return;
    };
    if !pending.is_settled {
        settle::<S>(&mut world, Settle::Latest);
        pending = match world.get_resource_mut() {
            Some(pending) => pending,
            None => return,
        };
    }
    let pending = pending.bypass_change_detection();
    let operation = context::operation(deletion, &pending.operations);
    let message = |target: &Target, snapshot| PostDelete {
        entity: target.entity,
        snapshot,
        origin: deletion.origin(target.entity, target.root, operation),
    };
    if let Some(target) = single {
        if let Some(snapshot) = snapshot {
            pending.push(message(target, snapshot), true);
        }
        return;
    }
    let messages = mem::take(&mut pending.messages);
    let mut captured = Captured { world, messages };
    captured.messages.reserve(targets.len());
    for target in targets {
        if let Ok(entity) = captured.world.get_entity_mut(target.entity)
            && entity.contains_id(component)
            && let Some(snapshot) = S::capture(entity)
        {
            captured.messages.push(message(target, snapshot));
        }
    }
}

/// Messages that are taken out of their buffer while more are captured, so that no capture looks the buffer up.
struct Captured<'w, S: Snapshot> {
    world: DeferredWorld<'w>,
    messages: Vec<PostDelete<S>>,
}

impl<S: Snapshot> Drop for Captured<'_, S> {
    fn drop(&mut self) {
        if let Some(mut pending) = self.world.get_resource_mut::<Pending<S>>() {
            pending.bypass_change_detection().messages = mem::take(&mut self.messages);
        }
    }
}
