//! When Bevy drops messages, and how a reader learns what it has missed.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use bevy_app::prelude::*;
use bevy_ecs::{
    message::{MessageCursor, MessageUpdateSystems, Messages, message_update_system, signal_message_update_system},
    prelude::*,
};
use bevy_post_delete::prelude::*;
use bevy_time::{TimePlugin, TimeUpdateStrategy, common_conditions::paused, prelude::*};

use crate::support::{Alive, Number, app_of_names};

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

/// An app with a fixed tick every 10 milliseconds, after its first frame, in which time stands still.
fn app_with_time() -> App {
    let mut app = app();
    app.add_plugins(TimePlugin)
        .insert_resource(Time::<Fixed>::from_duration(Duration::from_millis(10)));
    frame(&mut app, 0);
    app
}

/// Runs a frame that takes so many milliseconds.
fn frame(app: &mut App, milliseconds: u64) {
    let duration = Duration::from_millis(milliseconds);
    app.insert_resource(TimeUpdateStrategy::ManualDuration(duration));
    app.update();
}

fn time(app: &mut App) -> Mut<'_, Time<Virtual>> {
    app.world_mut().resource_mut()
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
fn with_a_time_plugin_messages_are_dropped_by_the_second_frame_that_follows_a_frame_with_a_tick() {
    let mut app = App::new();
    app.add_plugins((TimePlugin, PostDeletePlugin::<Number>::default()))
        .insert_resource(Time::<Fixed>::from_duration(Duration::from_millis(10)));
    let frames = [
        // milliseconds, messages kept after the frame
        (0, 1),
        (4, 2),
        (4, 3),
        (4, 4), // a tick
        (4, 5), // the first four are the older ones from now on
        (4, 6), // a tick
        (4, 3), // they are dropped
        (4, 4),
        (4, 5),  // a tick
        (4, 4),  // the next two are dropped
        (15, 5), // two ticks
        (25, 3), // count as one: the three before those two are dropped; more ticks
        (0, 2),  // the two are dropped
        (0, 3),
        (0, 4), // nothing has ticked meanwhile
    ];
    for (number, (milliseconds, expected)) in frames.into_iter().enumerate() {
        delete(app.world_mut(), 1);
        frame(&mut app, milliseconds);
        assert_eq!(kept(app.world()), expected, "after frame {number}");
    }
}

#[test]
fn while_time_is_paused_nothing_is_dropped_and_nothing_missed() {
    static ALIVE: AtomicUsize = AtomicUsize::new(0);

    #[derive(Component, Clone)]
    struct Heavy(#[allow(dead_code, reason = "counted")] Alive<'static>);

    fn delete_both(app: &mut App) {
        delete(app.world_mut(), 10);
        for _ in 0..10 {
            app.world_mut().spawn(Heavy(Alive::new(&ALIVE))).delete().unwrap();
        }
    }

    let mut app = app_with_time();
    app.add_plugins(PostDeletePlugin::<Heavy>::default());
    time(&mut app).pause();

    for number in 1..=25 {
        delete_both(&mut app);
        frame(&mut app, 16);
        assert_eq!(
            tallied(&mut app),
            (10, 0),
            "who reads every frame is told in every frame"
        );
        assert_eq!(kept(app.world()), 10 * number, "they pile up");
        assert_eq!(
            ALIVE.load(Ordering::Relaxed),
            10 * number,
            "with what the snapshots hold"
        );
    }
    app.insert_resource(Awake(false));
    for _ in 0..25 {
        delete_both(&mut app);
        frame(&mut app, 16);
    }
    app.insert_resource(Awake(true));
    delete_both(&mut app);
    frame(&mut app, 16);
    assert_eq!(tallied(&mut app), (260, 0), "who did not read has missed nothing");
    assert_eq!(kept(app.world()), 510);

    time(&mut app).unpause();
    for expected in [520, 530, 20, 20, 20] {
        delete_both(&mut app);
        frame(&mut app, 16);
        assert_eq!(kept(app.world()), expected);
        assert_eq!(ALIVE.load(Ordering::Relaxed), expected);
        assert_eq!(tallied(&mut app), (10, 0));
    }
    frame(&mut app, 16);
    frame(&mut app, 16);
    assert_eq!(kept(app.world()), 0);
    assert_eq!(ALIVE.load(Ordering::Relaxed), 0, "nothing is kept any more");
}

/// How many each fixed tick was told of.
#[derive(Resource, Default)]
struct Ticked(Vec<usize>);

fn count_in_tick(mut deleted: MessageReader<PostDelete<Number>>, mut ticked: ResMut<Ticked>) {
    ticked.0.push(deleted.read().count());
}

#[test]
fn a_tick_after_the_pause_is_told_all_that_went_in_it() {
    let mut app = app_with_time();
    app.init_resource::<Ticked>().add_systems(FixedCleanup, count_in_tick);
    time(&mut app).pause();
    for _ in 0..50 {
        delete(app.world_mut(), 10);
        frame(&mut app, 16);
    }
    assert!(app.world().resource::<Ticked>().0.is_empty());
    time(&mut app).unpause();
    frame(&mut app, 20);
    assert_eq!(app.world().resource::<Ticked>().0, [500, 0]);
}

#[test]
fn who_signals_while_time_is_paused_has_messages_dropped_as_ever() {
    let mut app = app_with_time();
    app.init_resource::<Ticked>()
        .add_systems(FixedCleanup, count_in_tick)
        .add_systems(Last, signal_message_update_system.run_if(paused));
    for round in 0..3 {
        time(&mut app).pause();
        for number in 0..50 {
            delete(app.world_mut(), 10);
            frame(&mut app, 16);
            assert!(kept(app.world()) <= 20, "in frame {number} of pause {round}");
            assert_eq!(tallied(&mut app), (10, 0));
        }
        time(&mut app).unpause();
        for number in 0..5 {
            delete(app.world_mut(), 10);
            frame(&mut app, 20);
            assert!(kept(app.world()) <= 20);
            assert_eq!(tallied(&mut app), (10, 0));
            let ticked = std::mem::take(&mut app.world_mut().resource_mut::<Ticked>().0);
            let expected = if number == 0 { 20 } else { 10 };
            assert_eq!(ticked, [expected, 0], "ticks miss what went earlier in the pause");
        }
    }
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
