//! The schedules in which systems read the messages, and their system sets.

use bevy_ecs::schedule::{ScheduleLabel, SystemSet};

/// The schedule for systems that react to deletions: release assets, update counters, log, notify.
///
/// It runs every frame, after [`PostUpdate`](bevy_app::PostUpdate) and before [`Last`](bevy_app::Last). Systems in it
/// can read every [`PostDelete`](crate::PostDelete) of entities that were deleted before it started. They need no
/// ordering for this.
///
/// If a system in this schedule deletes entities, their messages are published before the next `Cleanup`.
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
/// #[derive(Resource)]
/// struct Mixer(Vec<u32>);
///
/// fn stop(mut deleted: MessageReader<PostDelete<Voice>>, mut mixer: ResMut<Mixer>) {
///     for PostDelete { snapshot: Voice(voice), .. } in deleted.read() {
///         mixer.0.retain(|playing| playing != voice);
///     }
/// }
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

/// The counterpart of [`Cleanup`] in the fixed timestep.
///
/// It runs after [`FixedPostUpdate`](bevy_app::FixedPostUpdate) and before [`FixedLast`](bevy_app::FixedLast), as often
/// as these do.
///
/// Systems in both schedules read the same messages. A message that is published before `FixedCleanup` is not published
/// again before `Cleanup`.
///
/// # Example
///
/// ```
/// use bevy_app::{FixedMain, prelude::*};
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
/// app.world_mut().run_schedule(FixedMain); // Bevy's time plugin does so at every fixed step
/// assert_eq!(app.world().resource::<Removed>().0, 1);
/// ```
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct FixedCleanup;

/// Contains [`publish_deletes`](crate::publish_deletes()). Runs right before [`Cleanup`].
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct PublishDeletes;

/// Contains [`publish_deletes`](crate::publish_deletes()). Runs right before [`FixedCleanup`].
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct FixedPublishDeletes;

/// System sets that the crate adds to [`Cleanup`].
///
/// # Example
///
/// A system that reads a counter after it was updated:
///
/// ```
/// use bevy_app::prelude::*;
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone)]
/// struct Enemy;
///
/// #[derive(Resource, Default)]
/// struct Shown(usize);
///
/// fn show_count(counts: Res<DeleteCounts<Enemy>>, mut shown: ResMut<Shown>) {
///     shown.0 = counts.total();
/// }
///
/// let mut app = App::new();
/// app.count_deletes::<Enemy>()
///     .init_resource::<Shown>()
///     .add_systems(Cleanup, show_count.after(PostDeleteSystems::Receive));
///
/// app.world_mut().spawn(Enemy).despawn();
/// app.update();
/// assert_eq!(app.world().resource::<Shown>().0, 1);
/// ```
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PostDeleteSystems {
    /// The systems of this crate's receivers.
    Receive,
}
