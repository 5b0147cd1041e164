//! Which pending messages are retracted.
//!
//! A capture comes before the despawn, removal or replacement, and a panic of other code in between can prevent that.
//! If other code can run in between, the message is *unsettled* until it is known whether it has happened. Only the
//! latest message of a type can be unsettled, because Bevy completes each despawn, insert or removal before it starts
//! the next.
//!
//! A [command](settle_later) settles it: the capture queues it, and Bevy applies it right after the despawn or removal.
//! After a panic, the command may not be applied. So all code that must know the outcome settles first: the next
//! capture of the type, the next publish, the report of a delete, and `amend_pending_deletes`. A delete that panics
//! settles, too. An insert confirms a replacement.

use bevy_ecs::{
    change_detection::DetectChangesMut,
    component::ComponentId,
    entity::Entity,
    world::{DeferredWorld, World},
};
use smallvec::SmallVec;

use super::{
    pending::Pending,
    registry::{Settle, tracked_types},
};
use crate::{
    message::{DeleteKind, PostDelete},
    panics::drop_each,
    snapshot::Snapshot,
};

/// Retracts those of these messages whose entity or component still exists. All of them are settled afterwards.
///
/// Must not be called between a capture and the despawn, removal or replacement that it is about.
pub(crate) fn settle<S: Snapshot>(world: &mut DeferredWorld<'_>, messages: Settle) {
    let Some(pending) = world.get_resource::<Pending<S>>() else {
        return;
    };
    let first = match messages {
        Settle::Latest if pending.is_settled => return,
        Settle::Latest => pending.messages.len() - 1,
        Settle::Survivor(entity) => match pending.messages.last() {
            Some(latest) if latest.entity == entity && latest.origin.kind.ends_entity() => pending.messages.len() - 1,
            _ => return,
        },
        Settle::Operation(operation) => {
            let is_first = |message: &PostDelete<S>| message.origin.operation == operation;
            match pending.messages.iter().position(is_first) {
                Some(first) => first,
                None => return,
            }
        }
    };
    let mut are_final = SmallVec::<[bool; 16]>::new();
    for message in &pending.messages[first..] {
        are_final.push(is_final(world, pending.component, message.entity, message.origin.kind));
    }
    if let Some(mut pending) = world.get_resource_mut::<Pending<S>>() {
        let pending = pending.bypass_change_detection();
        pending.is_settled = true;
        // The messages to retract are moved to the end. The others keep their order.
        let mut kept = first;
        for (position, is_final) in (first..).zip(are_final) {
            if is_final {
                pending.messages.swap(kept, position);
                kept += 1;
            }
        }
        drop_each(pending.messages.split_off(kept));
    }
}

/// Whether the despawn, removal or replacement has happened.
fn is_final(world: &World, component: ComponentId, entity: Entity, kind: DeleteKind) -> bool {
    match kind {
        // An insert confirms a replacement: see `confirm` in `hooks`. So the insert did not happen.
        DeleteKind::Replace => false,
        DeleteKind::Remove => !world
            .get_entity(entity)
            .is_ok_and(|entity| entity.contains_id(component)),
        _ => !world.entities().contains_spawned(entity),
    }
}

/// Queues a command that settles the latest message of a type, right after the despawn or removal that it is about.
pub(super) fn settle_later(world: &mut DeferredWorld<'_>, settle: fn(&mut DeferredWorld<'_>, Settle)) {
    let mut commands = world.commands();
    commands.queue(move |world: &mut World| settle(&mut DeferredWorld::from(world), Settle::Latest));
}

/// Settles messages of all types.
pub(crate) fn settle_all<'w>(world: impl Into<DeferredWorld<'w>>, messages: Settle) {
    let mut world = world.into();
    for tracked in tracked_types(&world) {
        (tracked.settle)(&mut world, messages);
    }
}
