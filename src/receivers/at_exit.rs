//! Deleting everything that is tracked when the app exits.

use alloc::vec::Vec;

use bevy_app::{App, Last, OnAppExitSystems, Plugin};
use bevy_ecs::{
    archetype::{Archetype, ArchetypeEntity},
    component::ComponentId,
    entity::Entity,
    observer::Observer,
    resource::IsResource,
    schedule::{IntoScheduleConfigs, ScheduleLabel},
    system::SystemIdMarker,
    world::World,
};

use super::{
    after_last::{AfterLast, DeletedAtExit, insert_schedule_after, is_exiting},
    queue::MoveIntoQueues,
};
use crate::{
    Cleanup, DeleteReason, DeleteWorldExt, Protected, TrackedDeletes, TrackedSnapshot, panics::FirstPanic,
    schedules::PublishDeletes,
};

/// Deletes every entity that has a tracked component when the app exits, children before parents, so that systems can
/// release OS and GPU handles.
///
/// Bevy drops the [`World`] when an app exits, and no hook or observer runs. With this plugin, the entities are deleted
/// before that, in one operation with the reason [`DeleteReason::APP_EXIT`]. This includes disabled entities, and
/// protected ones: first, [`Protected`] is removed from every entity that has it. The entities of resources, observers
/// and registered systems are not deleted. The deletions are published, and [`Cleanup`] runs once more.
///
/// If a system deletes entities during that run of [`Cleanup`], or later in the frame, their messages are not
/// published.
///
/// # Timing
///
/// The entities are deleted once, in the first frame in which an [`AppExit`](bevy_app::AppExit) was written: by an
/// exclusive system in [`Last`], in Bevy's set [`OnAppExitSystems`]. If a later system in [`Last`] writes the
/// [`AppExit`](bevy_app::AppExit), they are deleted in a schedule right after [`Last`]. The next frame would be too
/// late: the runner may drop or clear the world.
///
/// Without an [`AppExit`](bevy_app::AppExit) message, nothing is deleted: for instance, if the runner of the app runs
/// only one frame, like the default runner and
/// [`ScheduleRunnerPlugin::run_once`](bevy_app::ScheduleRunnerPlugin::run_once).
///
/// # Panics
///
/// With the feature `std`, a panic during the delete or in an observer of [`PostDelete`](crate::PostDelete) is caught.
/// The messages of entities that are already despawned are published, [`Cleanup`] runs, and the panic is resumed.
///
/// # Example
///
/// ```
/// use bevy_app::prelude::*;
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone)]
/// struct Server(&'static str);
///
/// #[derive(Resource, Default)]
/// struct Stopped(Vec<&'static str>);
///
/// fn stop(mut deleted: MessageReader<PostDelete<Server>>, mut stopped: ResMut<Stopped>) {
///     for PostDelete { snapshot, origin, .. } in deleted.read() {
///         assert!(origin.has_reason(DeleteReason::APP_EXIT));
///         stopped.0.push(snapshot.0);
///     }
/// }
///
/// let mut app = App::new();
/// app.add_plugins((PostDeletePlugin::<Server>::default(), DeleteAtExitPlugin))
///     .init_resource::<Stopped>()
///     .add_systems(Cleanup, stop);
///
/// app.world_mut().spawn((Server("database"), children![Server("cache")]));
/// app.update();
/// assert!(app.world().resource::<Stopped>().0.is_empty());
///
/// app.world_mut().write_message(AppExit::Success);
/// app.update();
/// assert_eq!(app.world().resource::<Stopped>().0, ["cache", "database"]);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct DeleteAtExitPlugin;

impl Plugin for DeleteAtExitPlugin {
    fn build(&self, app: &mut App) {
        let system = || delete_at_exit.run_if(is_exiting).ambiguous_with_all();
        app.add_systems(Last, system().in_set(OnAppExitSystems))
            .add_systems(AfterLast, system());
        insert_schedule_after(app, Last, AfterLast);
    }

    fn finish(&self, app: &mut App) {
        // The main schedules may have been added after this plugin.
        insert_schedule_after(app, Last, AfterLast);
    }
}

pub(super) fn delete_at_exit(world: &mut World) {
    world.insert_resource(DeletedAtExit);
    let mut panic = FirstPanic::default();
    panic.catch(&mut || {
        let entities = tracked_entities(world);
        unprotect(world);
        world.because(DeleteReason::APP_EXIT).delete_batch(entities);
    });
    panic.catch(&mut || world.publish_deletes());
    for schedule in [PublishDeletes.intern(), Cleanup.intern(), MoveIntoQueues.intern()] {
        // Only the schedules of plugins that were added exist.
        panic.catch(&mut || _ = world.try_run_schedule(schedule));
    }
}

/// Returns the entities with a tracked component, in the reverse order of Bevy's archetypes, without those that Bevy
/// uses itself.
fn tracked_entities(world: &World) -> Vec<Entity> {
    let tracked = world.get_resource::<TrackedDeletes>();
    let tracked = tracked.into_iter().flat_map(TrackedDeletes::iter);
    let components: Vec<_> = tracked.map(TrackedSnapshot::component_id).collect();
    let mut entities = entities_with(world, &components);
    entities.retain(|entity| {
        let entity = world.entity(*entity);
        !entity.contains::<IsResource>() && !entity.contains::<Observer>() && !entity.contains::<SystemIdMarker>()
    });
    entities.reverse();
    entities
}

fn unprotect(world: &mut World) {
    let protected = world.component_id::<Protected>();
    for entity in entities_with(world, protected.as_slice()) {
        if let Ok(mut entity) = world.get_entity_mut(entity) {
            entity.remove::<Protected>();
        }
    }
}

/// Returns the entities with any of these components. A query would skip disabled ones.
fn entities_with(world: &World, components: &[ComponentId]) -> Vec<Entity> {
    let has_any = |archetype: &&Archetype| components.iter().any(|component| archetype.contains(*component));
    let archetypes = world.archetypes().iter().filter(has_any);
    let entities = archetypes.flat_map(Archetype::entities);
    entities.map(ArchetypeEntity::id).collect()
}
