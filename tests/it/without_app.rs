//! The crate in a world without an `App`.

use bevy_ecs::{
    message::{Messages, message_update_system},
    prelude::*,
};
use bevy_post_delete::prelude::*;

use crate::support::{CapturedLog, Name, Recorded, published_names, record_names, world_tracking_names};

#[test]
fn deletes_are_published_in_a_custom_schedule() {
    let mut world = world_tracking_names();
    world.init_resource::<Recorded>();
    let mut schedule = Schedule::default();
    schedule.add_systems(
        (
            message_update_system,
            |names: Query<Entity, With<Name>>, mut commands: Commands| {
                for entity in &names {
                    commands.entity(entity).delete();
                }
            },
            publish_deletes,
            record_names,
        )
            .chain(),
    );
    for name in ["one", "two", "three"] {
        world.spawn(Name(name));
        schedule.run(&mut world);
    }
    assert_eq!(world.resource::<Recorded>().0, ["one", "two", "three"]);
    assert!(
        world.resource::<Messages<PostDelete<Name>>>().len() <= 2,
        "`message_update_system` drops old messages"
    );
}

#[test]
fn publish_deletes_can_be_called_on_the_world() {
    let mut world = world_tracking_names();
    world.init_resource::<Recorded>();
    world.add_observer(|on: On<PostDelete<Name>>, mut recorded: ResMut<Recorded>| recorded.0.push(on.snapshot.0));
    world.spawn(Name("one")).delete().unwrap();
    world.publish_deletes();
    assert_eq!(world.resource::<Recorded>().0, ["one"]);
    assert_eq!(published_names(&mut world), ["one"]);
}

#[test]
fn deleting_a_despawned_entity_logs_the_warning_of_despawn() {
    let logged = CapturedLog::start();
    let mut world = World::new();
    let despawned_entity = world.spawn_empty().id();
    world.despawn(despawned_entity);
    world.commands().entity(despawned_entity).despawn();
    world.flush();
    let despawned = logged.warnings();
    assert_eq!(despawned.len(), 1);
    world.commands().entity(despawned_entity).delete();
    world
        .commands()
        .entity(despawned_entity)
        .delete_with(DeleteReason::new("killed"));
    world.flush();
    let deleted = logged.warnings().split_off(1);
    assert_eq!(deleted.len(), 2);
    // The first line is compared. A backtrace may follow it.
    let message = |line: &str| line.split_once("`: ").unwrap().1.lines().next().unwrap().to_owned();
    for line in deleted {
        assert_eq!(message(&line), message(&despawned[0]));
    }
    world.commands().entity(despawned_entity).try_delete();
    world.flush();
    assert_eq!(logged.warnings().len(), 3, "try_delete is silent");
}
