//! With `bevy_time`: frames with several fixed steps or none, in which `Cleanup` and `FixedCleanup` each see every
//! message once.

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{Number, add_time, run_frame, virtual_time};

/// The number of fixed steps that have begun.
#[derive(Resource, Default)]
struct Step(u32);

/// The numbers that were read in each schedule, and observed.
#[derive(Resource, Default)]
struct Read {
    /// Each with its step.
    fixed: Vec<(u32, u32)>,
    frame: Vec<u32>,
    observed: Vec<u32>,
}

/// An app with a fixed step every 10 milliseconds, after its first frame.
fn app() -> App {
    let mut app = App::new();
    add_time(&mut app);
    app.add_plugins(PostDeletePlugin::<Number>::default())
        .init_resource::<Step>()
        .init_resource::<Read>()
        .add_systems(FixedFirst, |mut step: ResMut<Step>| step.0 += 1)
        .add_systems(
            FixedCleanup,
            |mut deleted: MessageReader<PostDelete<Number>>, step: Res<Step>, mut read: ResMut<Read>| {
                let numbers = deleted.read().map(|deleted| (step.0, deleted.snapshot.0));
                read.fixed.extend(numbers);
            },
        )
        .add_systems(
            Cleanup,
            |mut deleted: MessageReader<PostDelete<Number>>, mut read: ResMut<Read>| {
                read.frame.extend(deleted.read().map(|deleted| deleted.snapshot.0));
            },
        )
        .add_observer(|on: On<PostDelete<Number>>, mut read: ResMut<Read>| read.observed.push(on.snapshot.0));
    frame(&mut app, 0);
    app
}

/// Runs a frame of this length, and returns the numbers that were read in it.
fn frame(app: &mut App, milliseconds: u64) -> Read {
    run_frame(app, milliseconds);
    std::mem::take(&mut app.world_mut().resource_mut::<Read>())
}

#[test]
fn each_of_several_steps_in_a_frame_reads_the_entities_deleted_in_it() {
    let mut app = app();
    app.add_systems(FixedUpdate, |step: Res<Step>, mut commands: Commands| {
        commands.spawn(Number(step.0)).delete();
    });

    let read = frame(&mut app, 30);
    assert_eq!(read.fixed, [(1, 1), (2, 2), (3, 3)]);
    assert_eq!(read.frame, [1, 2, 3], "once, for any number of steps");

    let read = frame(&mut app, 5);
    assert!(read.fixed.is_empty() && read.frame.is_empty(), "a frame without a step");

    let read = frame(&mut app, 5);
    assert_eq!(read.fixed, [(4, 4)]);
    assert_eq!(read.frame, [4]);
}

#[test]
fn a_step_reads_everything_that_was_deleted_before_it_in_any_schedule() {
    fn delete_in<L: bevy_ecs::schedule::ScheduleLabel>(app: &mut App, schedule: L, number: u32) {
        app.add_systems(schedule, move |step: Res<Step>, mut commands: Commands| {
            commands.spawn(Number(10 * step.0 + number)).delete();
        });
    }

    let mut app = app();
    delete_in(&mut app, PreUpdate, 1);
    delete_in(&mut app, FixedPreUpdate, 2);
    delete_in(&mut app, FixedUpdate, 3);
    delete_in(&mut app, FixedPostUpdate, 4);
    delete_in(&mut app, FixedLast, 5);
    delete_in(&mut app, PostUpdate, 6);
    delete_in(&mut app, Last, 7);

    let read = frame(&mut app, 20);
    let first_step = [(1, 1), (1, 12), (1, 13), (1, 14)];
    let second_step = [(2, 15), (2, 22), (2, 23), (2, 24)];
    assert_eq!(read.fixed, [first_step, second_step].concat());
    assert_eq!(read.frame, [1, 12, 13, 14, 15, 22, 23, 24, 25, 26]);

    let read = frame(&mut app, 10);
    assert_eq!(
        read.fixed,
        [(3, 25), (3, 26), (3, 27), (3, 21), (3, 32), (3, 33), (3, 34)],
        "the rest of the last frame comes first"
    );
    assert_eq!(read.frame, [27, 21, 32, 33, 34, 35, 36]);
}

#[test]
fn the_next_step_reads_all_messages_of_the_frames_without_a_step() {
    let mut app = app();
    app.add_systems(Update, |mut number: Local<u32>, mut commands: Commands| {
        *number += 1;
        commands.spawn(Number(*number)).delete();
    });
    for number in 1..=9 {
        let read = frame(&mut app, 1);
        assert_eq!(read.frame, [number], "`Cleanup` reads it in its own frame");
        assert!(read.fixed.is_empty());
    }
    let read = frame(&mut app, 1);
    assert_eq!(read.frame, [10]);
    assert_eq!(read.fixed, Vec::from_iter((1..=9).map(|number| (1, number))));
}

#[test]
fn while_time_is_paused_only_cleanup_reads_and_the_next_step_reads_the_rest() {
    let mut app = app();
    app.add_systems(Update, |mut number: Local<u32>, mut commands: Commands| {
        *number += 1;
        commands.spawn(Number(*number)).delete();
    });
    virtual_time(&mut app).pause();
    for number in 1..=20 {
        let read = frame(&mut app, 30);
        assert_eq!(read.frame, [number]);
        assert!(read.fixed.is_empty(), "no step runs");
    }
    virtual_time(&mut app).unpause();
    let read = frame(&mut app, 30);
    assert_eq!(read.fixed, Vec::from_iter((1..=20).map(|number| (1, number))));
    assert_eq!(read.frame, [21]);
}

#[test]
fn in_a_hundred_frames_of_all_lengths_both_schedules_read_everything_once_and_in_order() {
    /// The number of the next entity that is deleted.
    #[derive(Resource, Default)]
    struct Next(u32);

    fn delete_one(mut next: ResMut<Next>, mut commands: Commands) {
        commands.spawn(Number(next.0)).delete();
        next.0 += 1;
    }

    let mut app = app();
    app.init_resource::<Next>()
        .add_systems(First, delete_one)
        .add_systems(FixedFirst, delete_one)
        .add_systems(FixedUpdate, delete_one)
        .add_systems(FixedLast, delete_one)
        .add_systems(PostUpdate, delete_one)
        .add_systems(Last, delete_one);

    let mut all = Read::default();
    let mut without_a_step = 0;
    let mut with_several = 0;
    for (number, milliseconds) in [0, 1, 7, 16, 40, 100, 3, 2, 10, 33]
        .into_iter()
        .cycle()
        .take(100)
        .enumerate()
    {
        match number {
            40 => virtual_time(&mut app).pause(),
            50 => virtual_time(&mut app).unpause(),
            _ => (),
        }
        let steps = app.world().resource::<Step>().0;
        let read = frame(&mut app, milliseconds);
        match app.world().resource::<Step>().0 - steps {
            0 => without_a_step += 1,
            1 => (),
            _ => with_several += 1,
        }
        all.fixed.extend(read.fixed);
        all.frame.extend(read.frame);
        all.observed.extend(read.observed);
        let deleted = app.world().resource::<Next>().0;
        assert_eq!(
            all.frame.len() as u32,
            deleted - 1,
            "all but the one deleted after `Cleanup`, in frame {number}"
        );
    }
    assert!(without_a_step > 20, "{without_a_step} frames without a step");
    assert!(with_several > 20, "{with_several} frames with several steps");

    let deleted = app.world().resource::<Next>().0;
    let last = frame(&mut app, 10);
    all.fixed.extend(last.fixed);
    all.frame.extend(last.frame);
    all.observed.extend(last.observed);
    let before = |numbers: &[u32]| Vec::from_iter(numbers.iter().copied().filter(|number| *number < deleted));
    let everything = Vec::from_iter(0..deleted);
    assert_eq!(before(&all.frame), everything);
    assert_eq!(before(&all.observed), everything);
    let fixed = Vec::from_iter(all.fixed.iter().map(|(_, number)| *number));
    assert_eq!(before(&fixed), everything);
}
