//! Beside `bevy_state`: what goes with a state is told like any other despawn.

use std::collections::BTreeMap;

use bevy_app::prelude::*;
use bevy_ecs::{entity::Entities, entity_disabling::Disabled, prelude::*, query::Allow};
use bevy_post_delete::prelude::*;
use bevy_state::{app::StatesPlugin, prelude::*};

use crate::support::Number;

#[derive(States, Clone, PartialEq, Eq, Hash, Debug)]
enum Screen {
    Menu,
    Level(u32),
}

use Screen::{Level, Menu};

/// What systems in `Cleanup` were told.
#[derive(Resource, Default)]
struct Told(Vec<PostDelete<Number>>);

fn note(mut deleted: MessageReader<PostDelete<Number>>, mut told: ResMut<Told>, entities: &Entities) {
    for deleted in deleted.read() {
        assert!(!entities.contains(deleted.entity), "it is gone");
        told.0.push(deleted.clone());
    }
}

/// An app in the first level.
fn app() -> App {
    let mut app = App::new();
    app.add_plugins((StatesPlugin, PostDeletePlugin::<Number>::default()))
        .insert_state(Level(1))
        .init_resource::<Told>()
        .add_systems(Cleanup, note);
    app.update();
    app
}

/// Runs a frame, and returns what was told in it.
fn frame(app: &mut App) -> Vec<PostDelete<Number>> {
    app.update();
    std::mem::take(&mut app.world_mut().resource_mut::<Told>().0)
}

/// Runs the frame in which the app goes to that screen, and returns what was told in it.
fn go_to(app: &mut App, screen: Screen) -> Vec<PostDelete<Number>> {
    app.world_mut().resource_mut::<NextState<Screen>>().set(screen);
    frame(app)
}

fn assert_despawned(told: &[PostDelete<Number>], entity: Entity, number: u32) {
    let [told] = told else {
        panic!("exactly one was to be told: {told:?}");
    };
    assert_eq!((told.entity, told.snapshot), (entity, Number(number)));
    assert_eq!(told.origin.kind, DeleteKind::Despawn);
    assert_eq!(told.origin.root, None);
    assert_eq!(told.origin.reason, None);
    assert_eq!(told.origin.operation, 0);
}

#[test]
fn what_despawns_on_exit_is_told_in_the_same_frame_and_once() {
    let mut app = app();
    let first = app.world_mut().spawn((Number(1), DespawnOnExit(Level(1)))).id();
    let second = app.world_mut().spawn((Number(2), DespawnOnExit(Level(2)))).id();
    app.world_mut().spawn(Number(3));
    assert!(frame(&mut app).is_empty(), "nothing has happened yet");

    assert_despawned(&go_to(&mut app, Level(2)), first, 1);
    assert!(frame(&mut app).is_empty(), "it was told already");
    assert_despawned(&go_to(&mut app, Menu), second, 2);
    assert!(frame(&mut app).is_empty());
}

#[test]
fn what_despawns_on_enter_is_told_in_the_same_frame_and_once() {
    let mut app = app();
    let intro = app.world_mut().spawn((Number(1), DespawnOnEnter(Level(2)))).id();
    assert!(go_to(&mut app, Menu).is_empty(), "another state was entered");
    assert_despawned(&go_to(&mut app, Level(2)), intro, 1);
    assert!(frame(&mut app).is_empty());
}

#[test]
fn what_despawns_by_a_condition_is_told() {
    let mut app = app();
    let condition = DespawnWhen::<Screen>::new(|transition| transition.entered == Some(Menu));
    let voice = app.world_mut().spawn((Number(1), condition)).id();
    assert!(go_to(&mut app, Level(2)).is_empty());
    assert_despawned(&go_to(&mut app, Menu), voice, 1);
}

#[test]
fn a_state_within_a_state_takes_along_what_is_its_own() {
    #[derive(SubStates, Clone, PartialEq, Eq, Hash, Debug, Default)]
    #[source(Screen = Level(1))]
    enum Phase {
        #[default]
        Night,
    }

    let mut app = App::new();
    app.add_plugins((StatesPlugin, PostDeletePlugin::<Number>::default()))
        .insert_state(Level(1))
        .add_sub_state::<Phase>()
        .init_resource::<Told>()
        .add_systems(Cleanup, note);
    app.update();
    let owl = app.world_mut().spawn((Number(1), DespawnOnExit(Phase::Night))).id();
    assert_despawned(&go_to(&mut app, Menu), owl, 1);
}

#[test]
fn a_level_of_thousands_is_told_with_its_children_while_the_next_level_takes_their_place() {
    const LEVEL: u32 = 1_000;

    let mut app = app();
    app.add_systems(Update, |mut numbers: Query<&mut Number, Allow<Disabled>>| {
        for mut number in &mut numbers {
            number.0 += 1;
        }
    });
    app.add_systems(OnEnter(Level(2)), |mut commands: Commands| {
        for number in 0..LEVEL {
            commands.spawn((Number(number), DespawnOnExit(Level(2)), children![Number(number)]));
        }
    });
    for number in 0..LEVEL {
        let mut enemy = app.world_mut().spawn((
            Number(10 * number),
            DespawnOnExit(Level(1)),
            children![
                Number(10 * number + 1),
                (Number(10 * number + 2), children![Number(10 * number + 3)])
            ],
        ));
        if number % 10 == 0 {
            enemy.insert(Disabled);
        }
    }
    assert!(frame(&mut app).is_empty());
    let mut numbers = app.world_mut().query_filtered::<(Entity, &Number), Allow<Disabled>>();
    let lived: BTreeMap<Entity, Number> = numbers
        .iter(app.world())
        .map(|(entity, number)| (entity, *number))
        .collect();
    assert_eq!(lived.len(), 4 * LEVEL as usize);

    let told = go_to(&mut app, Level(2));
    assert_eq!(told.len(), lived.len(), "each once");
    assert!(
        told.iter()
            .all(|told| !told.origin.is_delete() && told.origin.root.is_none())
    );
    let told: BTreeMap<Entity, Number> = told.into_iter().map(|told| (told.entity, told.snapshot)).collect();
    assert_eq!(told, lived, "each with the value that it had in the end");
    assert_eq!(numbers.iter(app.world()).count(), 2 * LEVEL as usize, "the next level");

    assert!(frame(&mut app).is_empty());
    assert_eq!(go_to(&mut app, Menu).len(), 2 * LEVEL as usize);
    assert!(frame(&mut app).is_empty());
}

#[test]
fn what_is_deleted_as_its_state_ends_is_told_once() {
    let mut app = app();
    app.add_systems(
        OnExit(Level(1)),
        |numbers: Query<Entity, With<Number>>, mut commands: Commands| {
            for entity in &numbers {
                commands.entity(entity).try_delete();
            }
        },
    );
    for number in 0..10 {
        app.world_mut().spawn((Number(number), DespawnOnExit(Level(1))));
    }
    app.world_mut().spawn((Number(10), DespawnOnEnter(Level(2))));
    let mut told: Vec<u32> = go_to(&mut app, Level(2)).iter().map(|told| told.snapshot.0).collect();
    told.sort_unstable();
    assert_eq!(told, Vec::from_iter(0..=10));
    assert!(frame(&mut app).is_empty());
}
