//! How long Bevy keeps messages if there is a time plugin: it drops them in frames that follow a fixed step.

use std::sync::atomic::{AtomicUsize, Ordering};

use bevy_app::prelude::*;
use bevy_ecs::{
    message::{MessageCursor, Messages, signal_message_update_system},
    prelude::*,
};
use bevy_post_delete::prelude::*;
use bevy_time::common_conditions::paused;

use crate::support::{Number, add_time, run_frame, virtual_time};

/// The numbers of messages that a reader has read and missed.
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

/// An app with a fixed step every 10 milliseconds, after its first frame.
fn app() -> App {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Number>::default())
        .init_resource::<Tally>()
        .insert_resource(Awake(true))
        .add_systems(Cleanup, tally.run_if(resource_equals(Awake(true))));
    add_time(&mut app);
    run_frame(&mut app, 0);
    app
}

fn delete(world: &mut World, count: u32) {
    for number in 0..count {
        world.spawn(Number(number)).delete().unwrap();
    }
}

fn kept(world: &World) -> usize {
    world.resource::<Messages<PostDelete<Number>>>().len()
}

/// Takes the numbers of messages that the reader has read and missed since the last call.
fn tallied(app: &mut App) -> (usize, usize) {
    let tally = std::mem::take(&mut *app.world_mut().resource_mut::<Tally>());
    (tally.read, tally.missed)
}

#[test]
fn messages_are_dropped_in_the_second_frame_that_follows_a_frame_with_a_fixed_step() {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Number>::default());
    add_time(&mut app);
    let frames = [
        // milliseconds, messages kept after the frame
        (0, 1),
        (4, 2),
        (4, 3),
        (4, 4), // a step
        (4, 5), // from now on, the first four are the older ones
        (4, 6), // a step
        (4, 3), // the four are dropped
        (4, 4),
        (4, 5),  // a step
        (4, 4),  // the next two are dropped
        (15, 5), // two steps
        (25, 3), // count as one: the three before those two are dropped; more steps
        (0, 2),  // the two are dropped
        (0, 3),
        (0, 4), // no step has run since
    ];
    for (number, (milliseconds, expected)) in frames.into_iter().enumerate() {
        delete(app.world_mut(), 1);
        run_frame(&mut app, milliseconds);
        assert_eq!(kept(app.world()), expected, "after frame {number}");
    }
}

/// Counts the values that are alive.
struct Alive;

static ALIVE: AtomicUsize = AtomicUsize::new(0);

impl Alive {
    fn new() -> Self {
        ALIVE.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Clone for Alive {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

#[test]
fn while_time_is_paused_no_message_is_dropped_or_missed() {
    #[derive(Component, Clone)]
    struct Heavy(#[allow(dead_code, reason = "counted")] Alive);

    fn delete_both(app: &mut App) {
        delete(app.world_mut(), 10);
        for _ in 0..10 {
            app.world_mut().spawn(Heavy(Alive::new())).delete().unwrap();
        }
    }

    let mut app = app();
    app.add_plugins(PostDeletePlugin::<Heavy>::default());
    virtual_time(&mut app).pause();

    for number in 1..=25 {
        delete_both(&mut app);
        run_frame(&mut app, 16);
        assert_eq!(
            tallied(&mut app),
            (10, 0),
            "a reader of every frame reads in every frame"
        );
        assert_eq!(kept(app.world()), 10 * number, "they accumulate");
        assert_eq!(ALIVE.load(Ordering::Relaxed), 10 * number, "with their snapshots");
    }
    app.insert_resource(Awake(false));
    for _ in 0..25 {
        delete_both(&mut app);
        run_frame(&mut app, 16);
    }
    app.insert_resource(Awake(true));
    delete_both(&mut app);
    run_frame(&mut app, 16);
    assert_eq!(
        tallied(&mut app),
        (260, 0),
        "a reader that did not run has missed nothing"
    );
    assert_eq!(kept(app.world()), 510);

    virtual_time(&mut app).unpause();
    for expected in [520, 530, 20, 20, 20] {
        delete_both(&mut app);
        run_frame(&mut app, 16);
        assert_eq!(kept(app.world()), expected);
        assert_eq!(ALIVE.load(Ordering::Relaxed), expected);
        assert_eq!(tallied(&mut app), (10, 0));
    }
    run_frame(&mut app, 16);
    run_frame(&mut app, 16);
    assert_eq!(kept(app.world()), 0);
    assert_eq!(ALIVE.load(Ordering::Relaxed), 0, "every snapshot was dropped");
}

/// The number of messages that each fixed step has read.
#[derive(Resource, Default)]
struct Steps(Vec<usize>);

fn count_in_step(mut deleted: MessageReader<PostDelete<Number>>, mut steps: ResMut<Steps>) {
    steps.0.push(deleted.read().count());
}

#[test]
fn the_first_fixed_step_after_a_pause_reads_all_messages_of_the_pause() {
    let mut app = app();
    app.init_resource::<Steps>().add_systems(FixedCleanup, count_in_step);
    virtual_time(&mut app).pause();
    for _ in 0..50 {
        delete(app.world_mut(), 10);
        run_frame(&mut app, 16);
    }
    assert!(app.world().resource::<Steps>().0.is_empty());
    virtual_time(&mut app).unpause();
    run_frame(&mut app, 20);
    assert_eq!(app.world().resource::<Steps>().0, [500, 0]);
}

#[test]
fn an_app_that_signals_the_update_while_paused_keeps_two_frames_of_messages() {
    let mut app = app();
    app.init_resource::<Steps>()
        .add_systems(FixedCleanup, count_in_step)
        .add_systems(Last, signal_message_update_system.run_if(paused));
    for round in 0..3 {
        virtual_time(&mut app).pause();
        for number in 0..50 {
            delete(app.world_mut(), 10);
            run_frame(&mut app, 16);
            assert!(kept(app.world()) <= 20, "in frame {number} of pause {round}");
            assert_eq!(tallied(&mut app), (10, 0));
        }
        virtual_time(&mut app).unpause();
        for number in 0..5 {
            delete(app.world_mut(), 10);
            run_frame(&mut app, 20);
            assert!(kept(app.world()) <= 20);
            assert_eq!(tallied(&mut app), (10, 0));
            let steps = std::mem::take(&mut app.world_mut().resource_mut::<Steps>().0);
            let expected = if number == 0 { 20 } else { 10 };
            assert_eq!(steps, [expected, 0], "the steps miss the earlier messages of the pause");
        }
    }
}
