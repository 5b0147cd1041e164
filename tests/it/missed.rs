//! When Bevy drops messages, and how a reader learns what it has missed.

use bevy_app::prelude::*;
use bevy_ecs::{
    message::{MessageCursor, MessageUpdateSystems, Messages, message_update_system},
    prelude::*,
};
use bevy_post_delete::prelude::*;

use crate::support::{Number, app_of_names};

/// What a reader has read and missed.
#[derive(Resource, Default)]
struct Tally {
    read: usize,
    missed: usize,
}

/// Whether the reader runs.
#[derive(Resource, PartialEq)]
struct Awake(bool);

fn tally(
    mut cursor: Local<MessageCursor<PostDelete<Number>>>,
    deleted: Res<Messages<PostDelete<Number>>>,
    mut tally: ResMut<Tally>,
) {
    tally.missed += cursor.missed_messages(&deleted);
    tally.read += cursor.read(&deleted).count();
}

fn app() -> App {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Number>::default())
        .init_resource::<Tally>()
        .insert_resource(Awake(true))
        .add_systems(Cleanup, tally.run_if(resource_equals(Awake(true))));
    app
}

fn delete(world: &mut World, how_many: u32) {
    for number in 0..how_many {
        world.spawn(Number(number)).delete().unwrap();
    }
}

fn kept(world: &World) -> usize {
    world.resource::<Messages<PostDelete<Number>>>().len()
}

/// Takes what the reader has read and missed since the last time.
fn tallied(app: &mut App) -> (usize, usize) {
    let tally = std::mem::take(&mut *app.world_mut().resource_mut::<Tally>());
    (tally.read, tally.missed)
}

#[test]
fn a_reader_that_was_paused_learns_how_many_it_missed() {
    let mut app = app();
    for deleted in [1, 20, 300, 4_000, 50_000] {
        app.insert_resource(Awake(deleted == 50_000));
        delete(app.world_mut(), deleted);
        app.update();
    }
    assert_eq!(tallied(&mut app), (54_000, 321), "the last two frames are there yet");
    delete(app.world_mut(), 6);
    app.update();
    assert_eq!(tallied(&mut app), (6, 0), "no one is missed twice");
}

#[test]
fn a_reader_of_every_frame_misses_nothing() {
    let mut app = app();
    for deleted in [1, 20, 0, 0, 300, 0, 4_000] {
        delete(app.world_mut(), deleted);
        app.update();
        assert_eq!(tallied(&mut app), (deleted as usize, 0));
    }
}

#[test]
fn a_reader_of_every_second_frame_misses_nothing() {
    let mut app = app();
    for awake in [false, true].repeat(10) {
        app.insert_resource(Awake(awake));
        delete(app.world_mut(), 3);
        app.update();
    }
    assert_eq!(tallied(&mut app), (60, 0));
}

#[test]
fn a_reader_that_comes_late_has_missed_what_was_dropped_before_unless_it_begins_where_it_comes() {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Number>::default());
    for deleted in [1, 20, 300] {
        delete(app.world_mut(), deleted);
        app.update();
    }
    let deleted = app.world().resource::<Messages<PostDelete<Number>>>();
    let from_the_first = deleted.get_cursor();
    assert_eq!(from_the_first.missed_messages(deleted), 1);
    assert_eq!(from_the_first.len(deleted), 320);
    let from_here = deleted.get_cursor_current();
    assert_eq!(from_here.missed_messages(deleted), 0);
    assert_eq!(from_here.len(deleted), 0);
}

#[test]
fn what_somebody_else_took_out_counts_as_missed() {
    let mut app = app();
    app.add_systems(
        Cleanup,
        (|mut deleted: ResMut<Messages<PostDelete<Number>>>| drop(deleted.drain())).before(tally),
    );
    delete(app.world_mut(), 5);
    app.update();
    assert_eq!(tallied(&mut app), (0, 5));
}

#[test]
fn without_a_time_plugin_messages_are_dropped_in_first_of_the_second_frame_after() {
    #[derive(Resource, Default)]
    struct Kept(Vec<(usize, usize)>);

    let mut app = app();
    let before = |deleted: Res<Messages<PostDelete<Number>>>, mut kept: ResMut<Kept>| kept.0.push((deleted.len(), 0));
    let after = |deleted: Res<Messages<PostDelete<Number>>>, mut kept: ResMut<Kept>| {
        kept.0.last_mut().unwrap().1 = deleted.len();
    };
    app.init_resource::<Kept>().add_systems(
        First,
        (before.before(MessageUpdateSystems), after.after(MessageUpdateSystems)),
    );
    delete(app.world_mut(), 5);
    for _ in 0..4 {
        app.update();
    }
    assert_eq!(app.world().resource::<Kept>().0, [(0, 0), (5, 5), (5, 0), (0, 0)]);
}

#[test]
fn in_a_bare_world_messages_are_dropped_by_the_second_update_that_somebody_runs() {
    let mut world = World::new();
    world.track_deletes::<Number>();
    let mut cursor = MessageCursor::<PostDelete<Number>>::default();

    for number in 1..=10 {
        delete(&mut world, 10);
        world.publish_deletes();
        assert_eq!(kept(&world), 10 * number, "nobody drops them");
    }
    for expected in [100, 0, 0] {
        world.run_system_cached(message_update_system).unwrap();
        assert_eq!(kept(&world), expected);
    }
    for _ in 0..10 {
        delete(&mut world, 3);
        world.publish_deletes();
        world.run_system_cached(message_update_system).unwrap();
        assert_eq!(kept(&world), 3, "those before are dropped");
    }
    let deleted = world.resource::<Messages<PostDelete<Number>>>();
    assert_eq!(cursor.missed_messages(deleted), 127);
    assert_eq!(cursor.read(deleted).count(), 3);
    assert_eq!(cursor.missed_messages(deleted), 0);
}

#[test]
fn a_type_that_is_tracked_again_is_dropped_once_a_rotation() {
    let mut app = app_of_names();
    for _ in 0..3 {
        app.world_mut().track_deletes::<Number>();
        delete(app.world_mut(), 5);
        app.update();
        assert_eq!(kept(app.world()), 5);
        app.update();
        assert_eq!(kept(app.world()), 5, "the next frame can read them yet");
        app.update();
        assert_eq!(kept(app.world()), 0);
        app.world_mut().untrack_deletes::<Number>();
    }
}
