//! The stage: where what was deleted is told.

use bevy_ecs::{
    change_detection::DetectChangesMut,
    schedule::{ScheduleLabel, SystemSet},
    world::World,
};
use smallvec::SmallVec;

use crate::{
    delete::{current::current, walk::SpareWalk},
    deletions::Deletions,
    tracked::TrackedDeletes,
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

/// Publishes what was captured so far: first to observers of [`PostDelete`](crate::PostDelete), then to its message readers.
///
/// An exclusive system. It runs right before [`Cleanup`] and right before [`FixedCleanup`]. Add it elsewhere to have
/// deletions told earlier there, too; nothing is told twice. Where there is no `App`,
/// [`world.publish_deletes()`](crate::DeleteWorldExt::publish_deletes) calls it.
///
/// The snapshot types are published one after the other in the order in which they were registered, each in the order of
/// capture, brought together by operation. The commands of an observer are applied before the next message is told.
/// What observers delete is told by the next publish.
///
/// While a deletion or another publish is under way, as in a command that an observer has queued, it does nothing: what
/// is being deleted is told when that is over. Of a plain despawn it knows no end: called from a command that an observer
/// of one has queued, it tells of a parent whose children are still to go.
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
    /// However it ends, the next may begin.
    struct Publishing<'w>(&'w mut World);
    impl Drop for Publishing<'_> {
        fn drop(&mut self) {
            if let Some(mut deletions) = self.0.get_resource_mut::<Deletions>() {
                deletions.bypass_change_detection().publishing = false;
            }
        }
    }

    let Some(mut deletions) = world.get_resource_mut::<Deletions>() else {
        return;
    };
    if deletions.publishing {
        return;
    }
    // All types are sealed before the first observer runs, so that what it deletes waits for the next publish.
    let (mut types, sealing) = deletions.bypass_change_detection().begin_publish();
    let publishing = Publishing(world);
    let world = &mut *publishing.0;
    #[cfg(feature = "trace")]
    let _span = tracing::info_span!("publish_deletes").entered();
    let mut told = SmallVec::<[usize; 8]>::new();
    types.retain(|functions| {
        let sealed = (functions.seal)(world, sealing);
        told.push(sealed);
        sealed > 0
    });
    if let Some(mut tracked) = world.get_resource_mut::<TrackedDeletes>() {
        tracked.bypass_change_detection().count(&told);
        if !types.is_empty() {
            tracked.set_changed();
        }
    }
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
    drop(publishing);
    #[cfg(feature = "std")]
    if let Some(panic) = panic {
        std::panic::resume_unwind(panic);
    }
}
