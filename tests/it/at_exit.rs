//! `DeleteAtExitPlugin`: all entities with a tracked component are deleted when the app exits.

use std::{cell::RefCell, num::NonZero};

use bevy_app::{OnAppExitSystems, ScheduleRunnerPlugin, prelude::*};
use bevy_ecs::{entity_disabling::Disabled, prelude::*, schedule::ScheduleLabel, system::NonSendMarker};
use bevy_post_delete::prelude::*;

use crate::support::{Name, Number, Recorded, app_tracking_names, record_names};
#[cfg(feature = "std")]
use crate::support::{catch_panic, panic_on_purpose};

fn app() -> App {
    let mut app = app_tracking_names();
    app.add_plugins(DeleteAtExitPlugin).add_systems(Cleanup, record_names);
    app
}

fn recorded(app: &App) -> &[&'static str] {
    &app.world().resource::<Recorded>().0
}

fn request_exit(mut exit: MessageWriter<AppExit>) {
    exit.write(AppExit::Success);
}

#[test]
fn entities_are_deleted_descendants_first_before_the_last_cleanup() {
    let mut app = app();
    let parent = app.world_mut().spawn((Name("parent"), children![Name("child")])).id();
    app.update();
    assert!(recorded(&app).is_empty());
    assert!(app.world().get_entity(parent).is_ok());
    app.add_systems(Update, request_exit);
    app.update();
    assert_eq!(recorded(&app), ["child", "parent"]);
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
fn protected_and_disabled_entities_are_deleted_and_untracked_ones_survive() {
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
    let mut names = recorded(&app).to_vec();
    names.sort_unstable();
    assert_eq!(names, ["disabled", "parent", "protected"]);
    assert!(app.world().get_entity(untracked).is_ok());
    assert!(app.world().get_entity(observer).is_ok());
}

#[test]
fn entities_are_deleted_once_whichever_schedule_writes_the_exit() {
    type AddRequest = fn(&mut App);
    let schedules: [(&str, AddRequest); 5] = [
        ("Startup", |app| _ = app.add_systems(Startup, request_exit)),
        ("Cleanup", |app| {
            _ = app.add_systems(Cleanup, request_exit.run_if(run_once));
        }),
        ("Last", |app| _ = app.add_systems(Last, request_exit.run_if(run_once))),
        ("Last, before the set", |app| {
            app.add_systems(Last, request_exit.run_if(run_once).before(OnAppExitSystems));
        }),
        ("Last, after the set", |app| {
            app.add_systems(Last, request_exit.run_if(run_once).after(OnAppExitSystems));
        }),
    ];
    for (name, add_request) in schedules {
        let mut app = app();
        add_request(&mut app);
        app.world_mut().spawn(Name("one"));
        app.update();
        assert_eq!(recorded(&app), ["one"], "{name}");
        // If the app continues to run, later entities are not deleted.
        let later = app.world_mut().spawn(Name("two")).id();
        app.world_mut().write_message(AppExit::Success);
        app.update();
        assert!(app.world().get_entity(later).is_ok(), "{name}");
    }
}

#[test]
fn entities_are_deleted_at_exit_under_the_schedule_runner() {
    thread_local! {
        static READ: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
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
            READ.with_borrow_mut(|read| read.extend(deleted.read().map(|deleted| deleted.snapshot.0)));
        },
    );
    assert_eq!(app.run(), AppExit::from_code(3));
    assert_eq!(READ.take(), ["server"]);
}

#[test]
fn receivers_run_at_exit_and_entities_deleted_in_the_last_cleanup_are_not_published() {
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
    assert_eq!(recorded(&app), ["one"]);
    assert_eq!(app.world().resource::<DeleteCounts<Name>>().total(), 1);
    assert_eq!(app.world().resource::<DeleteQueue<Name>>().len(), 1);
}

#[cfg(feature = "std")]
#[test]
fn the_last_cleanup_runs_even_if_an_observer_panics() {
    let mut app = app();
    app.add_observer(|_: On<PostDelete<Name>>| panic!("on purpose"));
    app.world_mut().spawn(Name("one"));
    app.world_mut().write_message(AppExit::Success);
    catch_panic(|| app.update());
    assert_eq!(recorded(&app), ["one"]);
}

#[cfg(feature = "std")]
#[derive(Component)]
#[component(on_remove = panic_on_purpose)]
struct PanicsOnRemove;

#[cfg(feature = "std")]
#[test]
fn the_last_cleanup_runs_even_if_the_delete_panics() {
    let mut app = app();
    app.world_mut().spawn((Name("survivor"), PanicsOnRemove));
    app.world_mut().spawn(Name("one"));
    app.world_mut().write_message(AppExit::Success);
    catch_panic(|| app.update());
    assert_eq!(recorded(&app), ["one"]);
}

#[test]
fn an_app_without_tracked_types_exits_and_deletes_nothing() {
    let mut app = App::new();
    app.add_plugins(DeleteAtExitPlugin).add_systems(Update, request_exit);
    let kept = app.world_mut().spawn(Name("one")).id();
    app.update();
    assert_eq!(app.should_exit(), Some(AppExit::Success));
    assert!(app.world().get_entity(kept).is_ok());
}

#[test]
fn a_protected_entity_disabled_by_a_component_of_the_game_is_deleted() {
    #[derive(Component)]
    struct Frozen;

    let mut app = app();
    app.world_mut().register_disabling_component::<Frozen>();
    app.world_mut().spawn((Name("frozen"), Frozen, Protected));
    app.add_systems(Update, request_exit).update();
    assert_eq!(recorded(&app), ["frozen"]);
}

#[test]
fn a_late_exit_is_noticed_if_the_main_schedules_are_added_after_the_plugin() {
    let mut app = App::empty();
    app.add_plugins((
        DeleteAtExitPlugin,
        bevy_app::MainSchedulePlugin,
        PostDeletePlugin::<Name>::default(),
    ))
    .add_message::<AppExit>()
    .init_resource::<Recorded>()
    .add_systems(Cleanup, record_names)
    .add_systems(Last, request_exit.after(OnAppExitSystems));
    app.main_mut().update_schedule = Some(Main.intern());
    app.world_mut().spawn(Name("orc"));
    app.finish();
    app.cleanup();
    app.update();
    assert_eq!(recorded(&app), ["orc"]);
}
