//! Publishing: from pending messages to observers and systems.

mod any;
mod publication;
mod recent;
mod trigger;

pub use any::AnyDelete;
pub use recent::{RecentDelete, RecentDeletes};
pub use trigger::IsolatedTrigger;

use alloc::vec::Vec;

use bevy_ecs::{
    change_detection::DetectChangesMut,
    world::{DeferredWorld, World},
};
use smallvec::SmallVec;

use crate::{
    panics::FirstPanic,
    track::{
        TrackedDeletes,
        context::active,
        registry::{PublishSettings, Registry, Settle, TrackedType},
    },
};

/// Publishes the pending messages: first triggers observers of [`PostDelete`](crate::PostDelete), then writes the
/// messages for systems.
///
/// This is an exclusive system. It runs right before [`Cleanup`](crate::Cleanup) and right before
/// [`FixedCleanup`](crate::FixedCleanup). You can also add it elsewhere, to publish earlier; no message is published
/// twice. Without an `App`, [`world.publish_deletes()`](crate::DeleteWorldExt::publish_deletes) calls it.
///
/// The snapshot types are published one after the other, in the order of registration. The messages of one type are
/// published in the order of capture, grouped by operation. The commands of an observer are applied before the next
/// message triggers observers. The messages of entities that an observer deletes are published by the next publish.
///
/// While a delete or another publish is running, as in a command that an observer queued, it does nothing. The messages
/// stay pending until the next publish. There is no such check for a plain despawn: if a command that was queued by an
/// observer of the despawn publishes, the children of the entity may still be spawned.
///
/// It runs in schedules of its own. So `.after(publish_deletes)` has no effect in [`Cleanup`](crate::Cleanup) or
/// `PostUpdate`, and Bevy does not warn about it, unless you add `publish_deletes` to that schedule.
///
/// # Panics
///
/// If an observer panics, or if dropping a discarded snapshot panics, the other observers still run, and all messages
/// are written. When everything is published, the first panic is resumed. (Without the feature `std`, the panic ends
/// the publish. Messages that did not trigger observers are then published by the next publish.)
///
/// # Timing
///
/// If nothing is pending, it costs three resource lookups for each tracked type.
///
/// # Example
///
/// ```
/// use bevy_ecs::{message::Messages, prelude::*};
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone)]
/// struct Enemy;
///
/// #[derive(Resource, Default)]
/// struct Observed(usize);
///
/// let mut world = World::new();
/// world.track_deletes::<Enemy>();
/// world.init_resource::<Observed>();
/// world.add_observer(|_: On<PostDelete<Enemy>>, mut observed: ResMut<Observed>| observed.0 += 1);
///
/// let enemy = world.spawn(Enemy).id();
/// world.delete(enemy)?;
/// assert_eq!(world.resource::<Observed>().0, 0);
///
/// world.run_system_cached(publish_deletes).unwrap();
/// assert_eq!(world.resource::<Observed>().0, 1);
/// assert_eq!(world.resource::<Messages<PostDelete<Enemy>>>().len(), 1);
/// # Ok::<(), DeleteError>(())
/// ```
pub fn publish_deletes(world: &mut World) {
    if active(world).is_some() {
        return;
    }
    let Some(mut registry) = world.get_resource_mut::<Registry>() else {
        return;
    };
    if registry.is_publishing {
        return;
    }
    let give_back = registry.give_back;
    let (types, settings) = registry.bypass_change_detection().begin_publish();
    if settings.shrinks
        && let Some(give_back) = give_back
    {
        give_back();
    }
    Publishing(world).publish(types, settings);
}

/// A publish that is running. When it ends, the next may start.
struct Publishing<'w>(&'w mut World);

impl Publishing<'_> {
    /// Publishes these types. The first panic is resumed afterwards.
    fn publish(&mut self, mut types: SmallVec<[TrackedType; 8]>, settings: PublishSettings) {
        #[cfg(feature = "trace")]
        let _span = tracing::info_span!("publish_deletes").entered();
        let world = &mut *self.0;
        let is_recorded = world.contains_resource::<RecentDeletes>();
        let mut panic = FirstPanic::default();
        // All messages are set aside before the first observer runs, so that entities which it deletes are published
        // next time.
        types.retain(|tracked| {
            // The drop of a retracted snapshot can panic.
            panic.catch(&mut || (tracked.settle)(&mut DeferredWorld::from(&mut *world), Settle::Latest));
            let count = (tracked.collect)(world, settings);
            if is_recorded && count > 0 {
                let mut collected = Vec::new();
                (tracked.visit_pending)(world, &mut |entity, origin| collected.push((entity, *origin)));
                if let Some(mut recent) = world.get_resource_mut::<RecentDeletes>() {
                    recent.record(tracked.snapshot, collected);
                }
            }
            if let Some(mut stats) = world.get_resource_mut::<TrackedDeletes>() {
                stats.bypass_change_detection().count(tracked.snapshot, count);
                if count > 0 {
                    stats.set_changed();
                }
            }
            count > 0
        });
        if let Some(mut recent) = world.get_resource_mut::<RecentDeletes>() {
            recent.bypass_change_detection().end_publish();
        }
        for tracked in types {
            panic.catch(&mut || (tracked.publish)(world));
        }
    }
}

impl Drop for Publishing<'_> {
    fn drop(&mut self) {
        if let Some(mut registry) = self.0.get_resource_mut::<Registry>() {
            registry.bypass_change_detection().is_publishing = false;
        }
    }
}
