//! `PostDeletePlugin` and `track_deletes`: registering snapshot types.

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
fn a_type_tracked_before_the_plugin_was_added_is_published_once() {
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
        "the message buffers are updated"
    );
}

#[test]
fn messages_added_by_the_user_are_updated_once_per_frame() {
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
fn a_type_can_be_tracked_before_and_after_its_first_spawn() {
    for already_spawned in [false, true] {
        let mut world = World::new();
        let first = already_spawned.then(|| world.spawn(Name("first")).id());
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
fn a_type_can_be_tracked_during_a_delete() {
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
fn worlds_track_independently() {
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
fn a_type_can_be_tracked_again_after_clear_resources() {
    #[derive(Component)]
    struct Data(Vec<u8>);
    struct Moved(Vec<u8>);
    impl Snapshot for Moved {
        type Component = Data;

        fn capture(mut entity: EntityMut<'_>) -> Option<Self> {
            Some(Self(std::mem::take(&mut entity.get_mut::<Data>()?.0)))
        }
    }
    let mut world = World::new();
    world.spawn(Data(vec![0]));
    world.track_deletes::<Moved>();
    world.clear_resources();
    assert!(world.track_deletes::<Moved>());
    world.spawn(Data(vec![1, 2])).delete().unwrap();
    let messages = published::<Moved>(&mut world);
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].snapshot.0, [1, 2]);
}
