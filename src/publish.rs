//! Publishing: from pending to observers and message readers.

use alloc::vec::Vec;

use bevy_ecs::{change_detection::DetectChangesMut, message::Messages, world::World};

use crate::{
    capture::retract_last_living,
    deletions::{Panic, Sealing},
    message::PostDelete,
    observers::{IsolatedTrigger, catch},
    pending::Pending,
    snapshot::Snapshot,
    untyped::AnyDelete,
};

/// Sets aside what is pending of one snapshot type, and returns how many messages that are.
pub(crate) fn seal<S: Snapshot>(world: &mut World, sealing: Sealing) -> usize {
    retract_last_living::<S>(world);
    let Some(mut pending) = world.get_resource_mut::<Pending<S>>() else {
        return 0;
    };
    let pending = pending.bypass_change_detection();
    if sealing.shrink {
        pending.shrink();
    }
    pending.seal(sealing.interleaved)
}

/// Publishes what is set aside of one snapshot type.
pub(crate) fn publish<S: Snapshot>(world: &mut World) -> Option<Panic> {
    let messages = world.get_resource_mut::<Pending<S>>()?.take_sealed();
    #[cfg(feature = "trace")]
    let _span = tracing::info_span!("publish", name = core::any::type_name::<S>(), messages = messages.len()).entered();
    let mut delivery = Delivery {
        world,
        messages,
        told: 0,
    };
    delivery.tell_observers()
    // Dropping it tells the message readers.
}

/// Messages on their way. However it ends, what observers were told is told to readers, and the rest is kept.
struct Delivery<'w, S: Snapshot> {
    world: &'w mut World,
    messages: Vec<PostDelete<S>>,
    /// How many of them observers were told.
    told: usize,
}

impl<S: Snapshot> Delivery<'_, S> {
    fn tell_observers(&mut self) -> Option<Panic> {
        let mut trigger = IsolatedTrigger::default();
        while self.told < self.messages.len() {
            // Observers come and go by the commands of observers.
            if !is_observed::<S>(self.world) {
                self.told = self.messages.len();
                break;
            }
            self.told += 1;
            self.world
                .trigger_ref_with(&mut self.messages[self.told - 1], &mut trigger);
            let flushed = catch(|| self.world.flush());
            if let Err(panic) = flushed {
                trigger.panic.get_or_insert(panic);
            }
        }
        trigger.panic.take()
    }
}

fn is_observed<S: Snapshot>(world: &World) -> bool {
    world
        .event_key::<PostDelete<S>>()
        .and_then(|key| world.observers().try_get_observers(key))
        .is_some_and(|observers| !observers.global_observers().is_empty())
}

impl<S: Snapshot> Drop for Delivery<'_, S> {
    fn drop(&mut self) {
        let told = &self.messages[..self.told];
        if let Some(mut untyped) = self.world.get_resource_mut::<Messages<AnyDelete>>() {
            untyped.write_batch(told.iter().map(AnyDelete::of));
        }
        // Somebody may have removed it.
        self.world.init_resource::<Messages<PostDelete<S>>>();
        let mut written = self.world.resource_mut::<Messages<PostDelete<S>>>();
        written.write_batch(self.messages.drain(..self.told));
        if let Some(mut pending) = self.world.get_resource_mut::<Pending<S>>() {
            pending.put_sealed(core::mem::take(&mut self.messages));
        }
    }
}
