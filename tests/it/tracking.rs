//! Registering snapshot types.

use bevy_app::prelude::*;
use bevy_ecs::{message::Messages, prelude::*, world::EntityMut};
use bevy_post_delete::prelude::*;

use crate::support::{Name, Number, published, published_names, published_numbers};

#[test]
fn tracking_twice_is_harmless() {
    let mut world = World::new();
    assert!(!world.is_tracking_deletes::<Name>());
    assert!(world.track_deletes::<Name>());
    assert!(!world.track_deletes::<Name>());
    assert!(world.is_tracking_deletes::<Name>());
    world.spawn(Name("one")).delete().unwrap();
    world.spawn(Name("two")).despawn();
    assert_eq!(published_names(&mut world), ["one", "two"]);
}

#[test]
fn adding_the_plugin_twice_is_harmless() {
    let mut app = App::new();
    app.add_plugins((PostDeletePlugin::<Name>::default(), PostDeletePlugin::<Name>::default()));
    app.add_plugins(PostDeletePlugin::<Name>::default());
    app.world_mut().spawn(Name("one")).delete().unwrap();
    app.update();
    assert_eq!(app.world().resource::<Messages<PostDelete<Name>>>().len(), 1);
}

#[test]
fn a_world_that_tracked_before_it_became_an_apps() {
    let mut app = App::new();
    app.world_mut().track_deletes::<Name>();
    app.add_plugins(PostDeletePlugin::<Name>::default());
    for _ in 0..5 {
        app.world_mut().spawn(Name("one")).delete().unwrap();
        app.update();
    }
    assert_eq!(
        app.world().resource::<Messages<PostDelete<Name>>>().len(),
        2,
        "its messages rotate"
    );
}

#[test]
fn messages_that_the_user_added_beforehand_rotate_too() {
    let mut app = App::new();
    app.add_message::<PostDelete<Name>>();
    app.add_plugins(PostDeletePlugin::<Name>::default());
    app.add_message::<PostDelete<Name>>();
    for _ in 0..5 {
        app.world_mut().spawn(Name("one")).delete().unwrap();
        app.update();
    }
    assert_eq!(app.world().resource::<Messages<PostDelete<Name>>>().len(), 2);
}

#[test]
fn before_and_after_the_first_spawn() {
    for early in [false, true] {
        let mut world = World::new();
        let first = early.then(|| world.spawn(Name("first")).id());
        assert!(world.track_deletes::<Name>());
        let first = first.unwrap_or_else(|| world.spawn(Name("first")).id());
        let second = world.spawn((Name("second"), Number(2))).id();
        let third = world.spawn((Name("third"), Number(2))).id();
        world.delete(first).unwrap();
        world.despawn(second);
        world.delete_batch([third]);
        assert_eq!(published_names(&mut world), ["first", "second", "third"]);
    }
}

#[test]
fn while_a_delete_is_under_way() {
    let mut world = World::new();
    world.add_observer(|_: On<Remove<Name>>, mut commands: Commands| {
        commands.queue(|world: &mut World| {
            world.track_deletes::<Number>();
        });
    });
    let root = world
        .spawn((Number(1), children![Number(2), (Number(3), Name("child"))]))
        .id();
    world.delete(root).unwrap();
    assert_eq!(published_numbers(&mut world), [2, 1]);
}

#[test]
fn every_world_for_itself() {
    let mut tracking = World::new();
    tracking.track_deletes::<Name>();
    let mut other = World::new();
    assert!(!other.is_tracking_deletes::<Name>());
    other.track_deletes::<Number>();
    other.spawn((Name("one"), Number(1))).delete().unwrap();
    assert!(other.get_resource::<Messages<PostDelete<Name>>>().is_none());
    assert_eq!(published_numbers(&mut other), [1]);
}

#[test]
fn again_after_the_resources_were_cleared() {
    #[derive(Component)]
    struct Heavy(Vec<u8>);
    struct Moved(Vec<u8>);
    impl Snapshot for Moved {
        type Component = Heavy;

        fn capture(mut entity: EntityMut<'_>) -> Option<Self> {
            Some(Self(std::mem::take(&mut entity.get_mut::<Heavy>()?.0)))
        }
    }
    let mut world = World::new();
    world.spawn(Heavy(vec![0]));
    world.track_deletes::<Moved>();
    world.clear_resources();
    assert!(world.track_deletes::<Moved>());
    world.spawn(Heavy(vec![1, 2])).delete().unwrap();
    let told = published::<Moved>(&mut world);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].snapshot.0, [1, 2]);
}
