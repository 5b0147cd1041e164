//! Beside `bevy_time`: fixed ticks, several a frame or none, and a stage of both kinds that hears of everything once.

use std::time::Duration;

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;
use bevy_time::{TimePlugin, TimeUpdateStrategy, prelude::*};

use crate::support::Number;

/// How many fixed ticks have begun.
#[derive(Resource, Default)]
struct Tick(u32);

/// The numbers that each stage was told.
#[derive(Resource, Default)]
struct Told {
    /// With the tick in which they were told.
    fixed: Vec<(u32, u32)>,
    frame: Vec<u32>,
    observed: Vec<u32>,
}

/// An app with a fixed tick every 10 milliseconds, after its first frame, in which time stands still.
fn app() -> App {
    let mut app = App::new();
    app.add_plugins((TimePlugin, PostDeletePlugin::<Number>::default()))
        .insert_resource(Time::<Fixed>::from_duration(Duration::from_millis(10)))
        .init_resource::<Tick>()
        .init_resource::<Told>()
        .add_systems(FixedFirst, |mut tick: ResMut<Tick>| tick.0 += 1)
        .add_systems(
            FixedCleanup,
            |mut deleted: MessageReader<PostDelete<Number>>, tick: Res<Tick>, mut told: ResMut<Told>| {
                let numbers = deleted.read().map(|deleted| (tick.0, deleted.snapshot.0));
                told.fixed.extend(numbers);
            },
        )
        .add_systems(
            Cleanup,
            |mut deleted: MessageReader<PostDelete<Number>>, mut told: ResMut<Told>| {
                told.frame.extend(deleted.read().map(|deleted| deleted.snapshot.0));
            },
        )
        .add_observer(|on: On<PostDelete<Number>>, mut told: ResMut<Told>| told.observed.push(on.snapshot.0));
    frame(&mut app, 0);
    app
}

/// Runs a frame that takes so many milliseconds, and returns what was told in it.
fn frame(app: &mut App, milliseconds: u64) -> Told {
    let duration = Duration::from_millis(milliseconds);
    app.insert_resource(TimeUpdateStrategy::ManualDuration(duration));
    app.update();
    std::mem::take(&mut app.world_mut().resource_mut::<Told>())
}

fn time(app: &mut App) -> Mut<'_, Time<Virtual>> {
    app.world_mut().resource_mut()
}

#[test]
fn each_of_several_ticks_in_a_frame_is_told_what_went_in_it() {
    let mut app = app();
    app.add_systems(FixedUpdate, |tick: Res<Tick>, mut commands: Commands| {
        commands.spawn(Number(tick.0)).delete();
    });

    let told = frame(&mut app, 30);
    assert_eq!(told.fixed, [(1, 1), (2, 2), (3, 3)]);
    assert_eq!(told.frame, [1, 2, 3], "once, however many ticks there were");

    let told = frame(&mut app, 5);
    assert!(told.fixed.is_empty() && told.frame.is_empty(), "a frame without a tick");

    let told = frame(&mut app, 5);
    assert_eq!(told.fixed, [(4, 4)]);
    assert_eq!(told.frame, [4]);
}

#[test]
fn a_tick_is_told_all_that_went_before_it_wherever_that_was() {
    fn delete_in<L: bevy_ecs::schedule::ScheduleLabel>(app: &mut App, schedule: L, number: u32) {
        app.add_systems(schedule, move |tick: Res<Tick>, mut commands: Commands| {
            commands.spawn(Number(10 * tick.0 + number)).delete();
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

    let told = frame(&mut app, 20);
    let first_tick = [(1, 1), (1, 12), (1, 13), (1, 14)];
    let second_tick = [(2, 15), (2, 22), (2, 23), (2, 24)];
    assert_eq!(told.fixed, [first_tick, second_tick].concat());
    assert_eq!(told.frame, [1, 12, 13, 14, 15, 22, 23, 24, 25, 26]);

    let told = frame(&mut app, 10);
    assert_eq!(
        told.fixed,
        [(3, 25), (3, 26), (3, 27), (3, 21), (3, 32), (3, 33), (3, 34)],
        "first the rest of the last frame"
    );
    assert_eq!(told.frame, [27, 21, 32, 33, 34, 35, 36]);
}

#[test]
fn frames_without_a_tick_are_told_by_the_next_tick_and_lose_nothing() {
    let mut app = app();
    app.add_systems(Update, |mut number: Local<u32>, mut commands: Commands| {
        *number += 1;
        commands.spawn(Number(*number)).delete();
    });
    for number in 1..=9 {
        let told = frame(&mut app, 1);
        assert_eq!(told.frame, [number], "the frame is told at once");
        assert!(told.fixed.is_empty());
    }
    let told = frame(&mut app, 1);
    assert_eq!(told.frame, [10]);
    assert_eq!(told.fixed, Vec::from_iter((1..=9).map(|number| (1, number))));
}

#[test]
fn frames_are_told_while_time_is_paused_and_ticks_when_it_goes_on() {
    let mut app = app();
    app.add_systems(Update, |mut number: Local<u32>, mut commands: Commands| {
        *number += 1;
        commands.spawn(Number(*number)).delete();
    });
    time(&mut app).pause();
    for number in 1..=20 {
        let told = frame(&mut app, 30);
        assert_eq!(told.frame, [number]);
        assert!(told.fixed.is_empty(), "no tick runs");
    }
    time(&mut app).unpause();
    let told = frame(&mut app, 30);
    assert_eq!(told.fixed, Vec::from_iter((1..=20).map(|number| (1, number))));
    assert_eq!(told.frame, [21]);
}

#[test]
fn in_a_hundred_frames_of_all_lengths_both_stages_hear_of_everything_once_and_in_order() {
    /// The number of the next that is deleted.
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

    let mut all = Told::default();
    let mut without_a_tick = 0;
    let mut with_several = 0;
    for (number, milliseconds) in [0, 1, 7, 16, 40, 100, 3, 2, 10, 33]
        .into_iter()
        .cycle()
        .take(100)
        .enumerate()
    {
        match number {
            40 => time(&mut app).pause(),
            50 => time(&mut app).unpause(),
            _ => (),
        }
        let ticks = app.world().resource::<Tick>().0;
        let told = frame(&mut app, milliseconds);
        match app.world().resource::<Tick>().0 - ticks {
            0 => without_a_tick += 1,
            1 => (),
            _ => with_several += 1,
        }
        all.fixed.extend(told.fixed);
        all.frame.extend(told.frame);
        all.observed.extend(told.observed);
        let deleted = app.world().resource::<Next>().0;
        assert_eq!(
            all.frame.len() as u32,
            deleted - 1,
            "all but what was deleted after the stage, in frame {number}"
        );
    }
    assert!(without_a_tick > 20, "{without_a_tick} frames without a tick");
    assert!(with_several > 20, "{with_several} frames with several ticks");

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
