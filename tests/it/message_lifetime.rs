//! When Bevy drops messages, and how a reader counts the messages that it missed.

use bevy_app::prelude::*;
use bevy_ecs::{
    message::{MessageCursor, MessageUpdateSystems, Messages, message_update_system},
    prelude::*,
};
use bevy_post_delete::prelude::*;

use crate::support::{Number, app_tracking_names};

/// The number of messages that the reader has read and missed.
#[derive(Resource, Default)]
struct ReaderCounts {
    read: usize,
    missed: usize,
}

#[derive(Resource, PartialEq)]
struct ReaderRuns(bool);

fn count_messages(
    mut cursor: Local<MessageCursor<PostDelete<Number>>>,
    deleted: Res<Messages<PostDelete<Number>>>,
    mut counts: ResMut<ReaderCounts>,
) {
    counts.missed += cursor.missed_messages(&deleted);
    counts.read += cursor.read(&deleted).count();
}

fn app() -> App {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Number>::default())
        .init_resource::<ReaderCounts>()
        .insert_resource(ReaderRuns(true))
        .add_systems(Cleanup, count_messages.run_if(resource_equals(ReaderRuns(true))));
    app
}

fn delete(world: &mut World, count: u32) {
    for number in 0..count {
        world.spawn(Number(number)).delete().unwrap();
    }
}

fn message_count(world: &World) -> usize {
    world.resource::<Messages<PostDelete<Number>>>().len()
}

/// Returns the numbers of messages that the reader has read and missed since the last call.
fn take_counts(app: &mut App) -> (usize, usize) {
    let counts = std::mem::take(&mut *app.world_mut().resource_mut::<ReaderCounts>());
    (counts.read, counts.missed)
}

#[test]
fn a_paused_reader_counts_missed_messages() {
    let mut app = app();
    for deleted in [1, 20, 300, 4_000, 50_000] {
        app.insert_resource(ReaderRuns(deleted == 50_000));
        delete(app.world_mut(), deleted);
        app.update();
    }
    assert_eq!(
        take_counts(&mut app),
        (54_000, 321),
        "the messages of the last two frames are still there"
    );
    delete(app.world_mut(), 6);
    app.update();
    assert_eq!(take_counts(&mut app), (6, 0), "no message is counted as missed twice");
}

#[test]
fn a_reader_that_runs_every_frame_misses_nothing() {
    let mut app = app();
    for deleted in [1, 20, 0, 0, 300, 0, 4_000] {
        delete(app.world_mut(), deleted);
        app.update();
        assert_eq!(take_counts(&mut app), (deleted as usize, 0));
    }
}

#[test]
fn a_reader_that_runs_every_second_frame_misses_nothing() {
    let mut app = app();
    for runs in [false, true].repeat(10) {
        app.insert_resource(ReaderRuns(runs));
        delete(app.world_mut(), 3);
        app.update();
    }
    assert_eq!(take_counts(&mut app), (60, 0));
}

#[test]
fn a_late_reader_counts_dropped_messages_as_missed_unless_its_cursor_starts_at_the_end() {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Number>::default());
    for deleted in [1, 20, 300] {
        delete(app.world_mut(), deleted);
        app.update();
    }
    let deleted = app.world().resource::<Messages<PostDelete<Number>>>();
    let from_the_start = deleted.get_cursor();
    assert_eq!(from_the_start.missed_messages(deleted), 1);
    assert_eq!(from_the_start.len(deleted), 320);
    let from_the_end = deleted.get_cursor_current();
    assert_eq!(from_the_end.missed_messages(deleted), 0);
    assert_eq!(from_the_end.len(deleted), 0);
}

#[test]
fn messages_drained_by_another_system_count_as_missed() {
    let mut app = app();
    app.add_systems(
        Cleanup,
        (|mut deleted: ResMut<Messages<PostDelete<Number>>>| drop(deleted.drain())).before(count_messages),
    );
    delete(app.world_mut(), 5);
    app.update();
    assert_eq!(take_counts(&mut app), (0, 5));
}

#[test]
fn without_the_time_plugin_messages_are_dropped_in_first_two_frames_later() {
    #[derive(Resource, Default)]
    struct Counts(Vec<(usize, usize)>);

    let mut app = app();
    let before =
        |deleted: Res<Messages<PostDelete<Number>>>, mut counts: ResMut<Counts>| counts.0.push((deleted.len(), 0));
    let after = |deleted: Res<Messages<PostDelete<Number>>>, mut counts: ResMut<Counts>| {
        counts.0.last_mut().unwrap().1 = deleted.len();
    };
    app.init_resource::<Counts>().add_systems(
        First,
        (before.before(MessageUpdateSystems), after.after(MessageUpdateSystems)),
    );
    delete(app.world_mut(), 5);
    for _ in 0..4 {
        app.update();
    }
    assert_eq!(app.world().resource::<Counts>().0, [(0, 0), (5, 5), (5, 0), (0, 0)]);
}

#[test]
fn without_an_app_messages_are_dropped_by_the_second_message_update_system() {
    let mut world = World::new();
    world.track_deletes::<Number>();
    let mut cursor = MessageCursor::<PostDelete<Number>>::default();

    for number in 1..=10 {
        delete(&mut world, 10);
        world.publish_deletes();
        assert_eq!(
            message_count(&world),
            10 * number,
            "no message is dropped without the system"
        );
    }
    for expected in [100, 0, 0] {
        world.run_system_cached(message_update_system).unwrap();
        assert_eq!(message_count(&world), expected);
    }
    for _ in 0..10 {
        delete(&mut world, 3);
        world.publish_deletes();
        world.run_system_cached(message_update_system).unwrap();
        assert_eq!(message_count(&world), 3, "the earlier messages are dropped");
    }
    let deleted = world.resource::<Messages<PostDelete<Number>>>();
    assert_eq!(cursor.missed_messages(deleted), 127);
    assert_eq!(cursor.read(deleted).count(), 3);
    assert_eq!(cursor.missed_messages(deleted), 0);
}

#[test]
fn the_buffers_of_a_type_that_is_tracked_again_are_updated_once_per_frame() {
    let mut app = app_tracking_names();
    for _ in 0..3 {
        app.world_mut().track_deletes::<Number>();
        delete(app.world_mut(), 5);
        app.update();
        assert_eq!(message_count(app.world()), 5);
        app.update();
        assert_eq!(message_count(app.world()), 5, "the next frame can still read them");
        app.update();
        assert_eq!(message_count(app.world()), 0);
        app.world_mut().untrack_deletes::<Number>();
    }
}
