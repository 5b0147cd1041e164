//! With `bevy_ecs` alone: everything but the schedules.

use bevy_ecs::{
    message::{Messages, message_update_system},
    prelude::*,
};
use bevy_post_delete::prelude::*;

use crate::support::{Name, Seen, published_names, see, world_of_names};

#[test]
fn a_schedule_of_ones_own() {
    let mut world = world_of_names();
    world.init_resource::<Seen>();
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
            see,
        )
            .chain(),
    );
    for name in ["one", "two", "three"] {
        world.spawn(Name(name));
        schedule.run(&mut world);
    }
    assert_eq!(world.resource::<Seen>().0, ["one", "two", "three"]);
    assert!(
        world.resource::<Messages<PostDelete<Name>>>().len() <= 2,
        "what rotates is bounded"
    );
}

#[test]
fn publishing_by_hand() {
    let mut world = world_of_names();
    world.init_resource::<Seen>();
    world.add_observer(|on: On<PostDelete<Name>>, mut seen: ResMut<Seen>| seen.0.push(on.snapshot.0));
    world.spawn(Name("one")).delete().unwrap();
    world.publish_deletes();
    assert_eq!(world.resource::<Seen>().0, ["one"]);
    assert_eq!(published_names(&mut world), ["one"]);
}

#[test]
fn the_warnings_are_those_of_despawn() {
    use crate::support::Logged;

    let logged = Logged::begin();
    let mut world = World::new();
    let gone = world.spawn_empty().id();
    world.despawn(gone);
    world.commands().entity(gone).despawn();
    world.flush();
    let despawned = logged.warnings();
    assert_eq!(despawned.len(), 1);
    world.commands().entity(gone).delete();
    world.commands().entity(gone).delete_with(DeleteReason::new("why"));
    world.flush();
    let deleted = logged.warnings().split_off(1);
    assert_eq!(deleted.len(), 2);
    // Where Bevy takes backtraces, the lines below are one.
    let what = |line: &str| line.split_once("`: ").unwrap().1.lines().next().unwrap().to_owned();
    for line in deleted {
        assert_eq!(what(&line), what(&despawned[0]), "the same words about the entity");
    }
    world.commands().entity(gone).try_delete();
    world.flush();
    assert_eq!(logged.warnings().len(), 3, "try_delete is silent");
}
