//! Everything that is tracked is deleted when the app exits.

use std::{cell::RefCell, num::NonZero};

use bevy_app::{OnAppExitSystems, ScheduleRunnerPlugin, prelude::*};
use bevy_ecs::{entity_disabling::Disabled, prelude::*, system::NonSendMarker};
use bevy_post_delete::prelude::*;

#[cfg(feature = "std")]
use crate::support::catch_panic;
use crate::support::{Name, Number, Seen, app_of_names, see};

fn app() -> App {
    let mut app = app_of_names();
    app.add_plugins(DeleteAtExitPlugin).add_systems(Cleanup, see);
    app
}

fn seen(app: &App) -> &[&'static str] {
    &app.world().resource::<Seen>().0
}

fn request_exit(mut exit: MessageWriter<AppExit>) {
    exit.write(AppExit::Success);
}

#[test]
fn entities_are_deleted_descendants_first_and_read_in_cleanup() {
    let mut app = app();
    let parent = app.world_mut().spawn((Name("parent"), children![Name("child")])).id();
    app.update();
    assert!(seen(&app).is_empty());
    assert!(app.world().get_entity(parent).is_ok());
    app.add_systems(Update, request_exit);
    app.update();
    assert_eq!(seen(&app), ["child", "parent"]);
}

#[test]
fn the_reason_is_app_exit_and_all_entities_share_an_operation() {
    #[derive(Resource, Default)]
    struct Origins(Vec<Origin>);

    let mut app = app();
    app.init_resource::<Origins>().add_systems(
        Cleanup,
        |mut deleted: MessageReader<PostDelete<Name>>, mut origins: ResMut<Origins>| {
            origins.0.extend(deleted.read().map(|deleted| deleted.origin));
        },
    );
    app.world_mut().spawn((Name("parent"), children![Name("child")]));
    app.world_mut().spawn(Name("other"));
    app.add_systems(Update, request_exit).update();
    let origins = &app.world().resource::<Origins>().0;
    assert_eq!(origins.len(), 3);
    for origin in origins {
        assert!(origin.has_reason(DeleteReason::APP_EXIT));
        assert_eq!(origin.operation, origins[0].operation);
        assert_eq!(
            origin.kind,
            DeleteKind::Direct,
            "each has a tracked component of its own"
        );
    }
}

#[test]
fn protected_and_disabled_entities_are_deleted_and_untracked_ones_stay() {
    let mut app = app();
    app.world_mut().spawn((Name("protected"), Protected));
    app.world_mut().spawn((Name("disabled"), Disabled));
    app.world_mut().spawn((Name("parent"), children![Protected]));
    let untracked = app.world_mut().spawn(Number(1)).id();
    let observer = app
        .world_mut()
        .add_observer(|_: On<Add<Number>>| {})
        .insert(Name("observer"))
        .id();
    app.add_systems(Update, request_exit).update();
    let mut names = seen(&app).to_vec();
    names.sort_unstable();
    assert_eq!(names, ["disabled", "parent", "protected"]);
    assert!(app.world().get_entity(untracked).is_ok());
    assert!(app.world().get_entity(observer).is_ok());
}

#[test]
fn it_runs_once_wherever_in_the_frame_the_exit_is_requested() {
    type Schedule = fn(&mut App);
    let schedules: [(&str, Schedule); 5] = [
        ("Startup", |app| _ = app.add_systems(Startup, request_exit)),
        ("Cleanup", |app| {
            _ = app.add_systems(Cleanup, request_exit.run_if(run_once));
        }),
        ("Last", |app| _ = app.add_systems(Last, request_exit.run_if(run_once))),
        ("before the set", |app| {
            app.add_systems(Last, request_exit.run_if(run_once).before(OnAppExitSystems));
        }),
        ("after the set", |app| {
            app.add_systems(Last, request_exit.run_if(run_once).after(OnAppExitSystems));
        }),
    ];
    for (name, add_request) in schedules {
        let mut app = app();
        add_request(&mut app);
        app.world_mut().spawn(Name("one"));
        app.update();
        assert_eq!(seen(&app), ["one"], "{name}");
        // An app that continues to run deletes nothing more.
        let later = app.world_mut().spawn(Name("two")).id();
        app.world_mut().write_message(AppExit::Success);
        app.update();
        assert!(app.world().get_entity(later).is_ok(), "{name}");
    }
}

#[test]
fn it_runs_with_the_schedule_runner() {
    thread_local! {
        static STOPPED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
    }

    let mut app = App::new();
    app.add_plugins((
        PostDeletePlugin::<Name>::default(),
        DeleteAtExitPlugin,
        ScheduleRunnerPlugin::run_loop(std::time::Duration::ZERO),
    ));
    app.add_systems(Startup, |mut commands: Commands| {
        commands.spawn(Name("server"));
    });
    app.add_systems(Update, |mut frame: Local<u32>, mut exit: MessageWriter<AppExit>| {
        *frame += 1;
        if *frame == 3 {
            exit.write(AppExit::Error(NonZero::new(3).unwrap()));
        }
    });
    app.add_systems(
        Cleanup,
        |_: NonSendMarker, mut deleted: MessageReader<PostDelete<Name>>| {
            STOPPED.with_borrow_mut(|stopped| stopped.extend(deleted.read().map(|deleted| deleted.snapshot.0)));
        },
    );
    assert_eq!(app.run(), AppExit::from_code(3));
    assert_eq!(STOPPED.take(), ["server"]);
}

#[test]
fn receivers_get_everything_and_entities_deleted_in_the_last_cleanup_are_not_published() {
    let mut app = app();
    app.count_deletes::<Name>()
        .add_plugins(DeleteQueuePlugin::<Name>::unbounded())
        .add_systems(
            Cleanup,
            |mut deleted: MessageReader<PostDelete<Name>>, mut commands: Commands| {
                for _ in deleted.read() {
                    commands.spawn(Name("late")).delete();
                }
            },
        );
    app.world_mut().spawn(Name("one"));
    app.add_systems(Update, request_exit).update();
    assert_eq!(seen(&app), ["one"]);
    assert_eq!(app.world().resource::<DeleteCounts<Name>>().total(), 1);
    assert_eq!(app.world().resource::<DeleteQueue<Name>>().len(), 1);
}

#[cfg(feature = "std")]
#[test]
fn an_observer_that_panics_does_not_keep_the_last_cleanup_from_running() {
    let mut app = app();
    app.add_observer(|_: On<PostDelete<Name>>| panic!("on purpose"));
    app.world_mut().spawn(Name("one"));
    app.world_mut().write_message(AppExit::Success);
    catch_panic(|| app.update());
    assert_eq!(seen(&app), ["one"]);
}

#[test]
fn an_app_that_tracks_nothing_exits_as_usual() {
    let mut app = App::new();
    app.add_plugins(DeleteAtExitPlugin).add_systems(Update, request_exit);
    let kept = app.world_mut().spawn(Name("one")).id();
    app.update();
    assert_eq!(app.should_exit(), Some(AppExit::Success));
    assert!(app.world().get_entity(kept).is_ok());
}
