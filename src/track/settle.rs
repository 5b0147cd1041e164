//! Which pending messages are retracted.
//!
//! A capture comes before the value leaves, and a panic of other code in between can prevent that. If other code can
//! run in between, the message is *unsettled* until it is known whether the value has left. Only the latest message of
//! a type can be unsettled, because Bevy starts no operation inside another.
//!
//! A [`SettleCommand`] settles it: the capture queues it, and Bevy applies it at the end of the operation. If the
//! operation has panicked, the command may not be applied. So all code that must know the outcome settles first: the
//! next capture of the type, the next publish, the report of a delete, and `amend_pending_deletes`. A delete that
//! panics settles, too. An insert confirms a replacement.

use bevy_ecs::{
    change_detection::DetectChangesMut,
    component::ComponentId,
    entity::Entity,
    system::Command,
    world::{DeferredWorld, World},
};
use smallvec::SmallVec;

use super::{pending::Pending, registry::Settle};
use crate::{message::DeleteKind, panics::drop_each, snapshot::Snapshot};

/// Retracts those of these messages whose value has not left. They are settled afterwards.
///
/// Must not be called while the value of one of these messages is about to leave.
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
        Settle::From(first) if first >= pending.messages.len() => return,
        Settle::From(first) => first,
    };
    let mut have_left = SmallVec::<[bool; 16]>::new();
    for message in &pending.messages[first..] {
        have_left.push(has_left(world, pending.component, message.entity, message.origin.kind));
    }
    if let Some(mut pending) = world.get_resource_mut::<Pending<S>>() {
        drop_each(pending.bypass_change_detection().retract(first, &have_left));
    }
}

/// Whether the value of a message has left.
fn has_left(world: &World, component: ComponentId, entity: Entity, kind: DeleteKind) -> bool {
    match kind {
        // An insert confirms a replacement: see `Pending::confirm_removal`. So the insert did not happen.
        DeleteKind::Replace => false,
        DeleteKind::Remove => !world
            .get_entity(entity)
            .is_ok_and(|entity| entity.contains_id(component)),
        _ => !world.entities().contains_spawned(entity),
    }
}

/// Settles the latest message of a type at the end of the operation that has captured it.
pub(super) struct SettleCommand(pub(super) fn(&mut DeferredWorld<'_>, Settle));

impl Command for SettleCommand {
    type Out = ();

    fn apply(self, world: &mut World) {
        (self.0)(&mut DeferredWorld::from(world), Settle::Latest);
    }
}
