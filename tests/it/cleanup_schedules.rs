//! `Cleanup`, `FixedCleanup` and `publish_deletes`: when systems and observers receive messages.

use bevy_app::{AppLabel, FixedMain, MainScheduleOrder, prelude::*};
use bevy_ecs::{
    message::{MessageUpdateSystems, Messages},
    prelude::*,
    schedule::{LogLevel, ScheduleBuildSettings, ScheduleLabel},
};
use bevy_post_delete::prelude::*;

use crate::support::{
    Name, Number, Recorded, app_tracking_names, published_names, record_names, take_recorded, world_tracking_names,
};

fn delete_all_names(names: Query<Entity, With<Name>>, mut commands: Commands) {
    for entity in &names {
        commands.entity(entity).delete();
    }
}

#[test]
fn a_system_in_cleanup_reads_deletes_of_the_same_frame() {
    let mut app = app_tracking_names();
    app.add_systems(PostUpdate, delete_all_names)
        .add_systems(Cleanup, record_names);
    app.world_mut().spawn(Name("one"));
    app.update();
    assert_eq!(take_recorded(&mut app), ["one"]);
    app.update();
    assert!(take_recorded(&mut app).is_empty());
}

#[test]
fn cleanup_runs_between_post_update_and_last() {
    #[derive(Resource, Default)]
    struct Ran(Vec<&'static str>);

    let mut app = app_tracking_names();
    app.init_resource::<Ran>();
    app.add_systems(PostUpdate, |mut ran: ResMut<Ran>| ran.0.push("post update"))
        .add_systems(Cleanup, |mut ran: ResMut<Ran>| ran.0.push("cleanup"))
        .add_systems(Last, |mut ran: ResMut<Ran>| ran.0.push("last"))
        .add_systems(FixedPostUpdate, |mut ran: ResMut<Ran>| ran.0.push("fixed post update"))
        .add_systems(FixedCleanup, |mut ran: ResMut<Ran>| ran.0.push("fixed cleanup"))
        .add_systems(FixedLast, |mut ran: ResMut<Ran>| ran.0.push("fixed last"));
    app.update();
    assert_eq!(app.world().resource::<Ran>().0, ["post update", "cleanup", "last"]);
    app.world_mut().resource_mut::<Ran>().0.clear();
    app.world_mut().run_schedule(FixedMain);
    assert_eq!(
        app.world().resource::<Ran>().0,
        ["fixed post update", "fixed cleanup", "fixed last"]
    );
}

#[test]
fn cleanup_runs_once_per_frame_with_several_tracked_types() {
    #[derive(Component, Clone)]
    struct Other;

    #[derive(Resource, Default)]
    struct Ran(usize);

    let mut app = app_tracking_names();
    app.add_plugins(PostDeletePlugin::<Other>::default())
        .add_plugins(PostDeletePlugin::<Name>::default())
        .init_resource::<Ran>()
        .add_systems(Cleanup, |mut ran: ResMut<Ran>| ran.0 += 1);
    app.update();
    assert_eq!(app.world().resource::<Ran>().0, 1);
}

#[test]
fn a_system_in_fixed_cleanup_reads_deletes_of_the_same_step() {
    let mut app = app_tracking_names();
    app.add_systems(FixedUpdate, delete_all_names)
        .add_systems(FixedCleanup, record_names);
    app.world_mut().spawn(Name("one"));
    app.world_mut().run_schedule(FixedMain);
    assert_eq!(take_recorded(&mut app), ["one"]);
    app.world_mut().run_schedule(FixedMain);
    assert!(take_recorded(&mut app).is_empty());
}

#[test]
fn messages_published_in_a_fixed_step_are_read_once_in_cleanup() {
    let mut app = app_tracking_names();
    app.add_systems(Cleanup, record_names);
    app.world_mut().spawn(Name("fixed")).delete().unwrap();
    app.world_mut().run_schedule(FixedMain);
    app.world_mut().spawn(Name("frame")).delete().unwrap();
    app.update();
    assert_eq!(take_recorded(&mut app), ["fixed", "frame"]);
    app.update();
    assert!(take_recorded(&mut app).is_empty());
}

#[test]
fn a_system_before_the_publish_reads_messages_in_the_next_frame() {
    let mut app = app_tracking_names();
    app.add_systems(First, record_names.after(MessageUpdateSystems));
    app.world_mut().spawn(Name("one")).delete().unwrap();
    app.update();
    assert!(take_recorded(&mut app).is_empty());
    app.update();
    assert_eq!(take_recorded(&mut app), ["one"]);
    app.update();
    assert!(take_recorded(&mut app).is_empty());
}

#[test]
fn observers_run_before_systems_and_type_by_type_in_the_order_of_registration() {
    #[derive(Component, Clone)]
    struct Second;

    let mut app = app_tracking_names();
    app.add_plugins(PostDeletePlugin::<Second>::default());
    app.add_observer(|_: On<PostDelete<Second>>, mut recorded: ResMut<Recorded>| {
        recorded.0.push("second type observed");
    });
    app.add_observer(|on: On<PostDelete<Name>>, mut recorded: ResMut<Recorded>| {
        recorded.0.push(if on.snapshot.0 == "one" {
            "one observed"
        } else {
            "two observed"
        });
    });
    app.add_systems(Cleanup, record_names);
    app.world_mut().spawn(Second).delete().unwrap();
    app.world_mut().spawn(Name("one")).delete().unwrap();
    app.world_mut().spawn((Second, Name("two"))).delete().unwrap();
    app.update();
    assert_eq!(
        take_recorded(&mut app),
        [
            "one observed",
            "two observed",
            "second type observed",
            "second type observed",
            "one",
            "two"
        ]
    );
}

#[test]
fn commands_of_an_observer_are_applied_before_the_next_message() {
    let mut app = app_tracking_names();
    app.add_observer(|on: On<PostDelete<Name>>, mut commands: Commands| {
        let name = on.snapshot.0;
        commands.queue(move |world: &mut World| world.resource_mut::<Recorded>().0.push(name));
    });
    app.add_observer(|_: On<PostDelete<Name>>, mut recorded: ResMut<Recorded>| recorded.0.push("observed"));
    app.world_mut().spawn(Name("one")).delete().unwrap();
    app.world_mut().spawn(Name("two")).delete().unwrap();
    app.update();
    assert_eq!(take_recorded(&mut app), ["observed", "one", "observed", "two"]);
}

#[test]
fn messages_published_earlier_in_the_frame_are_not_published_again() {
    let mut app = app_tracking_names();
    app.add_systems(PreUpdate, delete_all_names)
        .add_systems(Update, (publish_deletes, record_names).chain())
        .add_systems(
            Cleanup,
            |mut deleted: MessageReader<PostDelete<Name>>, recorded: Res<Recorded>| {
                assert_eq!(
                    deleted.read().count(),
                    recorded.0.len(),
                    "the reader in `Cleanup` also reads each message once"
                );
            },
        );
    app.world_mut().spawn(Name("one"));
    app.update();
    assert_eq!(take_recorded(&mut app), ["one"]);
}

#[test]
fn on_message_works_as_a_run_condition() {
    let mut app = app_tracking_names();
    app.add_systems(
        Cleanup,
        (|mut recorded: ResMut<Recorded>| recorded.0.push("ran")).run_if(on_message::<PostDelete<Name>>),
    );
    app.update();
    assert!(take_recorded(&mut app).is_empty());
    app.world_mut().spawn(Name("one")).delete().unwrap();
    app.update();
    assert_eq!(take_recorded(&mut app), ["ran"]);
}

#[test]
fn an_app_without_the_main_schedule_can_publish_with_the_world() {
    let mut app = App::empty();
    app.add_plugins(PostDeletePlugin::<Name>::default());
    app.world_mut().spawn(Name("one")).delete().unwrap();
    app.world_mut().publish_deletes();
    assert_eq!(app.world().resource::<Messages<PostDelete<Name>>>().len(), 1);
    app.update();
}

#[test]
fn a_position_of_cleanup_chosen_by_the_app_is_kept() {
    let mut app = App::new();
    app.world_mut()
        .resource_mut::<MainScheduleOrder>()
        .insert_after(Update, Cleanup);
    app.add_plugins(PostDeletePlugin::<Name>::default());
    let order = app.world().resource::<MainScheduleOrder>();
    let runs = order
        .labels
        .iter()
        .filter(|label| **label == ScheduleLabel::intern(&Cleanup));
    assert_eq!(runs.count(), 1);
}

#[test]
fn each_fixed_step_reads_only_its_own_deletes() {
    let mut app = app_tracking_names();
    app.add_systems(FixedCleanup, record_names).add_systems(
        FixedUpdate,
        |names: Query<Entity, With<Name>>, mut commands: Commands| {
            if let Some(first) = names.iter().next() {
                commands.entity(first).delete();
            }
        },
    );
    app.world_mut().spawn_batch([Name("a"), Name("b"), Name("c")]);
    app.update(); // no fixed step
    assert!(take_recorded(&mut app).is_empty());
    for _ in 0..3 {
        app.world_mut().run_schedule(FixedMain);
        assert_eq!(take_recorded(&mut app).len(), 1);
    }
    app.update();
    app.world_mut().run_schedule(FixedMain);
    assert!(take_recorded(&mut app).is_empty(), "no message is read twice");
}

#[test]
fn a_sub_app_tracks_independently() {
    #[derive(AppLabel, Clone, Copy, Debug, PartialEq, Eq, Hash)]
    struct Render;

    let mut app = app_tracking_names();
    let mut render = SubApp::new();
    render.update_schedule = Some(ScheduleLabel::intern(&Update));
    render
        .add_plugins(PostDeletePlugin::<Name>::default())
        .add_systems(Update, publish_deletes);
    render.world_mut().spawn(Name("rendered")).delete().unwrap();
    app.insert_sub_app(Render, render);
    app.update();
    let rendered = app.sub_app_mut(Render).world_mut();
    assert_eq!(published_names(rendered), ["rendered"]);
    assert!(published_names(app.world_mut()).is_empty());
}

#[test]
fn deletes_during_a_publish_are_deferred_to_the_next_publish() {
    let mut world = world_tracking_names();
    world.add_observer(|on: On<PostDelete<Name>>, mut commands: Commands| {
        if on.snapshot.0 == "a" {
            commands.queue(|world: &mut World| {
                world.spawn(Name("late")).delete().unwrap();
                world.publish_deletes();
            });
        }
    });
    world.spawn(Name("a")).delete().unwrap();
    world.spawn(Name("b")).delete().unwrap();
    assert_eq!(published_names(&mut world), ["a", "b"]);
    assert_eq!(published_names(&mut world), ["late"]);
}

#[test]
fn a_sub_app_can_track_a_type_that_the_main_app_does_not() {
    #[derive(AppLabel, Clone, Copy, Debug, PartialEq, Eq, Hash)]
    struct Simulation;

    let mut sub_app = SubApp::new();
    sub_app.add_plugins(PostDeletePlugin::<Name>::default());
    // A sub-app has no `Cleanup` of its own, so it publishes in a system.
    sub_app.update_schedule = Some(Update.intern());
    sub_app
        .init_resource::<Recorded>()
        .add_systems(Update, (publish_deletes, record_names).chain());
    let mut app = App::new();
    app.insert_sub_app(Simulation, sub_app);

    app.world_mut().spawn(Name("main world")).delete().unwrap();
    let world = app.sub_app_mut(Simulation).world_mut();
    world.spawn(Name("sub-app")).delete().unwrap();
    app.update();
    assert!(!app.world().is_tracking_deletes::<Name>());
    let world = app.sub_app(Simulation).world();
    assert_eq!(world.resource::<Recorded>().0, ["sub-app"]);
}

#[test]
fn deletes_in_a_schedule_that_is_inserted_right_before_cleanup_are_published_in_the_same_frame() {
    #[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
    struct BeforeCleanup;

    let mut app = app_tracking_names();
    app.world_mut()
        .resource_mut::<MainScheduleOrder>()
        .insert_before(Cleanup, BeforeCleanup);
    app.add_systems(BeforeCleanup, |mut commands: Commands| {
        commands.spawn(Name("one")).delete();
    })
    .add_systems(Cleanup, record_names);
    app.finish();
    app.cleanup();
    app.update();
    assert_eq!(take_recorded(&mut app), ["one"]);
}

/// Makes each name an asset user whose key is the length of the name.
struct Named;

impl AssetUser for Named {
    type Component = Name;
    type Key = usize;

    fn keys(name: &Name) -> impl IntoIterator<Item = usize> {
        [name.0.len()]
    }
}

#[test]
fn the_resources_of_receivers_change_only_if_something_is_deleted() {
    fn changed(
        tracked: Res<TrackedDeletes>,
        counts: Res<DeleteCounts<Name>>,
        uses: Res<AssetUses<usize>>,
        queue: Res<DeleteQueue<Name>>,
        recent: Res<RecentDeletes>,
    ) -> [bool; 5] {
        [
            tracked.is_changed(),
            counts.is_changed(),
            uses.is_changed(),
            queue.is_changed(),
            recent.is_changed(),
        ]
    }

    let mut app = App::new();
    app.add_plugins((
        AssetReleasePlugin::<Named>::default(),
        DeleteQueuePlugin::<Name>::unbounded(),
        RecentDeletesPlugin::with_capacity(1),
    ))
    .count_deletes::<Name>();
    let one = app.world_mut().spawn(Name("one")).id();
    app.update();
    // The first run of a system finds every resource changed.
    app.world_mut().run_system_cached(changed).unwrap();
    app.update();
    assert_eq!(app.world_mut().run_system_cached(changed).unwrap(), [false; 5]);
    app.world_mut().despawn(one);
    app.update();
    assert_eq!(app.world_mut().run_system_cached(changed).unwrap(), [true; 5]);
    app.world_mut().spawn(bevy_ecs::name::Name::new("untracked")).despawn();
    app.update();
    assert_eq!(app.world_mut().run_system_cached(changed).unwrap(), [false; 5]);
}

#[test]
fn the_receivers_are_not_ambiguous_with_each_other() {
    struct Numbered;

    impl AssetUser for Numbered {
        type Component = Number;
        type Key = usize;

        fn keys(number: &Number) -> impl IntoIterator<Item = usize> {
            [number.0 as usize]
        }
    }

    let mut app = App::new();
    app.add_plugins((
        AssetReleasePlugin::<Named>::default(),
        AssetReleasePlugin::<Numbered>::default(),
        AnyDeletePlugin,
        DeleteAtExitPlugin,
        DeleteQueuePlugin::<Name>::unbounded(),
        DeleteQueuePlugin::<Number>::with_capacity(1),
        RecentDeletesPlugin::with_capacity(1),
    ))
    .count_deletes::<Name>()
    .count_deletes::<Number>()
    .count_deletes_by::<Name, usize>(|deleted| deleted.snapshot.0.len());
    #[cfg(feature = "audit")]
    {
        #[derive(Component, Clone, serde::Serialize)]
        struct Account;

        #[derive(Component, Clone, serde::Serialize)]
        struct Payment;

        app.add_plugins((
            AuditPlugin::<Account>::to_writer(Vec::new()),
            AuditPlugin::<Payment>::to_writer(Vec::new()),
        ));
    }
    #[cfg(feature = "diagnostic")]
    app.add_plugins(DeleteDiagnosticsPlugin::default());
    app.configure_schedules(ScheduleBuildSettings {
        ambiguity_detection: LogLevel::Error,
        ..Default::default()
    });
    app.update();
    app.world_mut().run_schedule(FixedMain);
}
