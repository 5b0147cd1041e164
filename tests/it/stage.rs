//! The stage: when who is told.

use bevy_app::{FixedMain, prelude::*};
use bevy_ecs::{message::Messages, prelude::*};
use bevy_post_delete::prelude::*;

use crate::support::{Name, Seen, app_of_names, published_names, see, seen, world_of_names};

fn delete_all_names(names: Query<Entity, With<Name>>, mut commands: Commands) {
    for entity in &names {
        commands.entity(entity).delete();
    }
}

#[test]
fn a_system_in_cleanup_sees_what_went_in_the_same_frame() {
    let mut app = app_of_names();
    app.add_systems(PostUpdate, delete_all_names).add_systems(Cleanup, see);
    app.world_mut().spawn(Name("one"));
    app.update();
    assert_eq!(seen(&mut app), ["one"]);
    app.update();
    assert!(seen(&mut app).is_empty());
}

#[test]
fn cleanup_runs_between_post_update_and_last() {
    #[derive(Resource, Default)]
    struct Ran(Vec<&'static str>);

    let mut app = app_of_names();
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
fn the_stages_run_once_however_many_types_are_tracked() {
    #[derive(Component, Clone)]
    struct Other;

    #[derive(Resource, Default)]
    struct Ran(usize);

    let mut app = app_of_names();
    app.add_plugins(PostDeletePlugin::<Other>::default())
        .add_plugins(PostDeletePlugin::<Name>::default())
        .init_resource::<Ran>()
        .add_systems(Cleanup, |mut ran: ResMut<Ran>| ran.0 += 1);
    app.update();
    assert_eq!(app.world().resource::<Ran>().0, 1);
}

#[test]
fn a_fixed_cleanup_system_sees_what_went_before_it() {
    let mut app = app_of_names();
    app.add_systems(FixedUpdate, delete_all_names)
        .add_systems(FixedCleanup, see);
    app.world_mut().spawn(Name("one"));
    app.world_mut().run_schedule(FixedMain);
    assert_eq!(seen(&mut app), ["one"]);
    app.world_mut().run_schedule(FixedMain);
    assert!(seen(&mut app).is_empty());
}

#[test]
fn what_a_fixed_tick_published_is_there_for_cleanup_too_and_only_once() {
    let mut app = app_of_names();
    app.add_systems(Cleanup, see);
    app.world_mut().spawn(Name("fixed")).delete().unwrap();
    app.world_mut().run_schedule(FixedMain);
    app.world_mut().spawn(Name("frame")).delete().unwrap();
    app.update();
    assert_eq!(seen(&mut app), ["fixed", "frame"]);
    app.update();
    assert!(seen(&mut app).is_empty());
}

#[test]
fn readers_that_run_before_the_stage_get_it_in_the_next_frame() {
    let mut app = app_of_names();
    app.add_systems(First, see.after(bevy_ecs::message::MessageUpdateSystems));
    app.world_mut().spawn(Name("one")).delete().unwrap();
    app.update();
    assert!(seen(&mut app).is_empty());
    app.update();
    assert_eq!(seen(&mut app), ["one"]);
    app.update();
    assert!(seen(&mut app).is_empty());
}

#[test]
fn observers_are_told_before_readers_type_by_type_in_the_order_of_registration() {
    #[derive(Component, Clone)]
    struct Late;

    let mut app = app_of_names();
    app.add_plugins(PostDeletePlugin::<Late>::default());
    app.add_observer(|_: On<PostDelete<Late>>, mut seen: ResMut<Seen>| seen.0.push("late observed"));
    app.add_observer(|on: On<PostDelete<Name>>, mut seen: ResMut<Seen>| {
        seen.0.push(if on.snapshot.0 == "one" {
            "one observed"
        } else {
            "two observed"
        });
    });
    app.add_systems(Cleanup, see);
    app.world_mut().spawn(Late).delete().unwrap();
    app.world_mut().spawn(Name("one")).delete().unwrap();
    app.world_mut().spawn((Late, Name("two"))).delete().unwrap();
    app.update();
    assert_eq!(
        seen(&mut app),
        [
            "one observed",
            "two observed",
            "late observed",
            "late observed",
            "one",
            "two"
        ]
    );
}

#[test]
fn the_commands_of_an_observer_are_applied_before_the_next_message() {
    let mut app = app_of_names();
    app.add_observer(|on: On<PostDelete<Name>>, mut commands: Commands| {
        let name = on.snapshot.0;
        commands.queue(move |world: &mut World| world.resource_mut::<Seen>().0.push(name));
    });
    app.add_observer(|_: On<PostDelete<Name>>, mut seen: ResMut<Seen>| seen.0.push("told"));
    app.world_mut().spawn(Name("one")).delete().unwrap();
    app.world_mut().spawn(Name("two")).delete().unwrap();
    app.update();
    assert_eq!(seen(&mut app), ["told", "one", "told", "two"]);
}

#[test]
fn publishing_earlier_tells_earlier_and_not_again() {
    let mut app = app_of_names();
    app.add_systems(PreUpdate, delete_all_names)
        .add_systems(Update, (publish_deletes, see).chain())
        .add_systems(
            Cleanup,
            |mut deleted: MessageReader<PostDelete<Name>>, seen: Res<Seen>| {
                assert_eq!(deleted.read().count(), seen.0.len(), "its own reader has it once, too");
            },
        );
    app.world_mut().spawn(Name("one"));
    app.update();
    assert_eq!(seen(&mut app), ["one"]);
}

#[test]
fn run_conditions_on_messages_work() {
    let mut app = app_of_names();
    app.add_systems(
        Cleanup,
        (|mut seen: ResMut<Seen>| seen.0.push("ran")).run_if(on_message::<PostDelete<Name>>),
    );
    app.update();
    assert!(seen(&mut app).is_empty());
    app.world_mut().spawn(Name("one")).delete().unwrap();
    app.update();
    assert_eq!(seen(&mut app), ["ran"]);
}

#[test]
fn an_app_without_main_schedules_tracks_and_can_publish_itself() {
    let mut app = App::empty();
    app.add_plugins(PostDeletePlugin::<Name>::default());
    app.world_mut().spawn(Name("one")).delete().unwrap();
    app.world_mut().publish_deletes();
    assert_eq!(app.world().resource::<Messages<PostDelete<Name>>>().len(), 1);
    app.update();
}

#[test]
fn an_app_that_orders_the_stage_itself_is_obeyed() {
    use bevy_app::MainScheduleOrder;

    let mut app = App::new();
    app.world_mut()
        .resource_mut::<MainScheduleOrder>()
        .insert_after(Update, Cleanup);
    app.add_plugins(PostDeletePlugin::<Name>::default());
    let order = app.world().resource::<MainScheduleOrder>();
    let runs = order
        .labels
        .iter()
        .filter(|label| **label == bevy_ecs::schedule::ScheduleLabel::intern(&Cleanup));
    assert_eq!(runs.count(), 1);
}

#[test]
fn every_fixed_tick_of_a_frame_is_told_what_went_in_it() {
    let mut app = app_of_names();
    app.add_systems(FixedCleanup, see).add_systems(
        FixedUpdate,
        |names: Query<Entity, With<Name>>, mut commands: Commands| {
            if let Some(first) = names.iter().next() {
                commands.entity(first).delete();
            }
        },
    );
    app.world_mut().spawn_batch([Name("a"), Name("b"), Name("c")]);
    app.update(); // a frame without a tick
    assert!(seen(&mut app).is_empty());
    for _ in 0..3 {
        app.world_mut().run_schedule(FixedMain);
        assert_eq!(seen(&mut app).len(), 1);
    }
    app.update();
    app.world_mut().run_schedule(FixedMain);
    assert!(seen(&mut app).is_empty(), "nobody is told twice");
}

#[test]
fn a_sub_app_tracks_for_itself() {
    #[derive(bevy_app::AppLabel, Clone, Copy, Debug, PartialEq, Eq, Hash)]
    struct Render;

    let mut app = app_of_names();
    let mut render = SubApp::new();
    render.update_schedule = Some(bevy_ecs::schedule::ScheduleLabel::intern(&Update));
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
fn a_publish_within_a_publish_waits_for_the_next() {
    let mut world = world_of_names();
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
