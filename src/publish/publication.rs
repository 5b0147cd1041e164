//! The publication of one snapshot type: from pending messages to observers and systems.

use alloc::vec::Vec;
use core::mem;

use bevy_ecs::{change_detection::DetectChangesMut, message::Messages, world::World};

use super::{any::AnyDelete, trigger::IsolatedTrigger};
use crate::{
    message::PostDelete,
    panics::{FirstPanic, drop_each},
    snapshot::{Snapshot, SnapshotType},
    track::{messages::register_messages, pending::Pending, registry::Publication},
};

impl<S: Snapshot> Publication for S {
    fn publish(world: &mut World) {
        let Some(mut pending) = world.get_resource_mut::<Pending<S>>() else {
            return;
        };
        let pending = pending.bypass_change_detection();
        let (tracking, messages) = (pending.tracking, mem::take(&mut pending.collected));
        #[cfg(feature = "trace")]
        let _span =
            tracing::info_span!("publish", name = core::any::type_name::<S>(), messages = messages.len()).entered();
        let mut delivery = Delivery {
            world,
            tracking,
            messages,
            observed: 0,
        };
        let mut panic = delivery.trigger_observers();
        let mut delivery = Some(delivery);
        // This writes the messages. If the type was untracked, it drops their snapshots, which can panic.
        panic.catch(&mut || delivery = None);
    }
}

/// Messages that are being published. When this is dropped, messages that triggered observers are written for systems,
/// and the others are kept for the next publish. If the type was untracked in the meantime, all of them are dropped.
struct Delivery<'w, S: Snapshot> {
    world: &'w mut World,
    tracking: usize,
    messages: Vec<PostDelete<S>>,
    /// How many of them have triggered observers.
    observed: usize,
}

impl<S: Snapshot> Delivery<'_, S> {
    fn trigger_observers(&mut self) -> FirstPanic {
        let mut trigger = IsolatedTrigger::default();
        // Observers can add and remove observers, and untrack the type.
        while self.observed < self.messages.len() && self.is_tracked() {
            if !has_observers::<S>(self.world) {
                self.observed = self.messages.len();
                break;
            }
            self.observed += 1;
            self.world
                .trigger_ref_with(&mut self.messages[self.observed - 1], &mut trigger);
            trigger.panic.catch(&mut || self.world.flush());
        }
        trigger.panic
    }

    /// Whether the same tracking of the type is still in effect.
    fn is_tracked(&self) -> bool {
        let pending = self.world.get_resource::<Pending<S>>();
        pending.is_some_and(|pending| pending.tracking == self.tracking)
    }
}

fn has_observers<S: Snapshot>(world: &World) -> bool {
    world
        .event_key::<PostDelete<S>>()
        .and_then(|key| world.observers().try_get_observers(key))
        .is_some_and(|observers| !observers.global_observers().is_empty())
}

impl<S: Snapshot> Drop for Delivery<'_, S> {
    fn drop(&mut self) {
        if !self.is_tracked() {
            return drop_each(mem::take(&mut self.messages));
        }
        if let Some(mut untyped) = self.world.get_resource_mut::<Messages<AnyDelete>>() {
            for message in &self.messages[..self.observed] {
                untyped.write(AnyDelete {
                    entity: message.entity,
                    origin: message.origin,
                    snapshot_type: SnapshotType::of::<S>(),
                });
            }
        }
        if !self.world.contains_resource::<Messages<PostDelete<S>>>() {
            register_messages::<S>(self.world);
        }
        let mut written = self.world.resource_mut::<Messages<PostDelete<S>>>();
        written.write_batch(self.messages.drain(..self.observed));
        if let Some(mut pending) = self.world.get_resource_mut::<Pending<S>>() {
            pending
                .bypass_change_detection()
                .put_collected(mem::take(&mut self.messages));
        }
    }
}
