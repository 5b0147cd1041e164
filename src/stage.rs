//! The stage: where what was deleted is told.

use alloc::vec::Vec;

use bevy_ecs::{
    change_detection::DetectChangesMut,
    message::Messages,
    schedule::{ScheduleLabel, SystemSet},
    world::World,
};

use crate::{
    capture::retract_living,
    delete::{current::current, walk::SpareWalk},
    deletions::{Deletions, Panic, Sealing},
    message::PostDelete,
    observers::{IsolatedTrigger, catch},
    pending::Pending,
    snapshot::Snapshot,
    untyped::AnyDelete,
};

/// The schedule in which systems react to what was deleted: release assets, update counters, audit, notify.
///
/// It runs every frame, after [`PostUpdate`](bevy_app::PostUpdate) and before [`Last`](bevy_app::Last). A system in it
/// needs no ordering to read every [`PostDelete`](crate::PostDelete) of what was deleted before it began.
///
/// What systems in it delete is told in the next frame's.
///
/// # Example
///
/// ```
/// use bevy_app::prelude::*;
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone)]
/// struct Voice(u32);
///
/// fn stop(mut deleted: MessageReader<PostDelete<Voice>>, mut mixer: ResMut<Mixer>) {
///     mixer.0.retain(|playing| deleted.read().all(|deleted| deleted.snapshot.0 != *playing));
/// }
///
/// #[derive(Resource)]
/// struct Mixer(Vec<u32>);
///
/// let mut app = App::new();
/// app.add_plugins(PostDeletePlugin::<Voice>::default())
///     .insert_resource(Mixer(vec![7]))
///     .add_systems(Update, |voices: Query<Entity, With<Voice>>, mut commands: Commands| {
///         for voice in &voices {
///             commands.entity(voice).delete();
///         }
///     })
///     .add_systems(Cleanup, stop);
///
/// app.world_mut().spawn(Voice(7));
/// app.update();
/// assert!(app.world().resource::<Mixer>().0.is_empty());
/// ```
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Cleanup;

/// As [`Cleanup`], within the fixed time step: after [`FixedPostUpdate`](bevy_app::FixedPostUpdate) and before
/// [`FixedLast`](bevy_app::FixedLast), as often as these run.
///
/// Both stages read the same messages: what is published before this one is there for `Cleanup`, too, which is then not
/// told again what it holds.
///
/// # Example
///
/// ```
/// use bevy_app::prelude::*;
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone)]
/// struct Body;
///
/// #[derive(Resource, Default)]
/// struct Removed(usize);
///
/// let mut app = App::new();
/// app.add_plugins(PostDeletePlugin::<Body>::default()).init_resource::<Removed>();
/// app.add_systems(
///     FixedCleanup,
///     |mut deleted: MessageReader<PostDelete<Body>>, mut removed: ResMut<Removed>| {
///         removed.0 += deleted.read().count();
///     },
/// );
///
/// app.world_mut().spawn(Body).delete().unwrap();
/// app.world_mut().run_schedule(FixedMain); // what Bevy's time plugin does at every fixed step
/// assert_eq!(app.world().resource::<Removed>().0, 1);
/// # use bevy_app::FixedMain;
/// ```
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct FixedCleanup;

/// Runs right before [`Cleanup`] and ends the waiting.
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct PublishDeletes;

/// Runs right before [`FixedCleanup`] and ends the waiting.
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct FixedPublishDeletes;

/// Sets of systems that the crate adds to [`Cleanup`].
///
/// # Example
///
/// A system that reads what the receivers of this crate have made of the deletions:
///
/// ```
/// use bevy_app::prelude::*;
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone)]
/// struct Enemy;
///
/// fn show_counts() {}
///
/// let mut app = App::new();
/// app.add_plugins(PostDeletePlugin::<Enemy>::default())
///     .add_systems(Cleanup, show_counts.after(PostDeleteSystems::Receive));
/// app.update();
/// ```
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PostDeleteSystems {
    /// The receivers of this crate read the messages.
    Receive,
}

/// Publishes what was captured so far: first to observers of [`PostDelete`], then to its message readers.
///
/// An exclusive system. It runs right before [`Cleanup`] and right before [`FixedCleanup`]. Add it elsewhere to have
/// deletions told earlier there, too; nothing is told twice. Where there is no `App`,
/// [`world.publish_deletes()`](crate::DeleteWorldExt::publish_deletes) calls it.
///
/// The snapshot types are published one after the other in the order in which they were registered, each in the order of
/// capture, brought together by operation. The commands of an observer are applied before the next message is told.
/// What observers delete is told by the next publish.
///
/// While a deletion is under way, as in a command that an observer of the despawn has queued, it does nothing: what is
/// being deleted is told when it is over.
///
/// # Panics
///
/// An observer that panics keeps nothing from the others: when everything is published, the first panic goes on.
/// (Without the feature `std`, it goes on at once. What was not told then is told by the next publish.)
///
/// # Timing
///
/// Takes a resource look-up where nothing was captured.
///
/// # Example
///
/// ```
/// use bevy_ecs::{message::Messages, prelude::*};
/// use bevy_post_delete::{prelude::*, publish_deletes};
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
    if current(world).is_some() {
        return;
    }
    let Some(mut deletions) = world.get_resource_mut::<Deletions>() else {
        return;
    };
    // All types are sealed before the first observer runs, so that what it deletes waits for the next publish.
    let (mut types, sealing) = deletions.bypass_change_detection().begin_publish();
    types.retain(|functions| (functions.seal)(world, sealing));
    if sealing.shrink
        && let Some(mut walk) = world.get_resource_mut::<SpareWalk>()
    {
        walk.shrink();
    }
    let mut panic = None;
    for functions in types {
        let caught = (functions.publish)(world);
        panic = panic.or(caught);
    }
    #[cfg(feature = "std")]
    if let Some(panic) = panic {
        std::panic::resume_unwind(panic);
    }
}

/// Sets aside what is pending of one snapshot type, and returns whether there is any.
pub(crate) fn seal<S: Snapshot>(world: &mut World, sealing: Sealing) -> bool {
    let Some(pending) = world.get_resource::<Pending<S>>() else {
        return false;
    };
    // Only the last can have had its despawn cut short by a panic: of the earlier ones the next capture has asked.
    if pending
        .last()
        .is_some_and(|last| world.entities().contains_spawned(last))
    {
        retract_living::<S>(world);
    }
    let mut pending = world.resource_mut::<Pending<S>>();
    let pending = pending.bypass_change_detection();
    if sealing.shrink {
        pending.shrink();
    }
    pending.seal(sealing.interleaved)
}

/// Publishes what is set aside of one snapshot type.
pub(crate) fn publish<S: Snapshot>(world: &mut World) -> Option<Panic> {
    let messages = world.get_resource_mut::<Pending<S>>()?.take_sealed();
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
        trigger.panic
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
