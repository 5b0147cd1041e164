//! With `bevy_state`: a state-scoped despawn is published like any other.

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

/// The messages that a system in `Cleanup` has read.
#[derive(Resource, Default)]
struct Read(Vec<PostDelete<Number>>);

fn read(mut deleted: MessageReader<PostDelete<Number>>, mut read: ResMut<Read>, entities: &Entities) {
    for deleted in deleted.read() {
        assert!(!entities.contains(deleted.entity), "it is despawned");
        read.0.push(deleted.clone());
    }
}

/// An app in the first level.
fn app() -> App {
    let mut app = App::new();
    app.add_plugins((StatesPlugin, PostDeletePlugin::<Number>::default()))
        .insert_state(Level(1))
        .init_resource::<Read>()
        .add_systems(Cleanup, read);
    app.update();
    app
}

/// Runs a frame, and returns the messages that were read in it.
fn frame(app: &mut App) -> Vec<PostDelete<Number>> {
    app.update();
    std::mem::take(&mut app.world_mut().resource_mut::<Read>().0)
}

/// Runs the frame in which the app enters that screen, and returns the messages that were read in it.
fn enter(app: &mut App, screen: Screen) -> Vec<PostDelete<Number>> {
    app.world_mut().resource_mut::<NextState<Screen>>().set(screen);
    frame(app)
}

fn assert_despawned(messages: &[PostDelete<Number>], entity: Entity, number: u32) {
    let [message] = messages else {
        panic!("expected exactly one message: {messages:?}");
    };
    assert_eq!((message.entity, message.snapshot), (entity, Number(number)));
    assert_eq!(message.origin.kind, DeleteKind::Despawn);
    assert_eq!(message.origin.root, None);
    assert_eq!(message.origin.reason, None);
    assert_eq!(message.origin.operation, 0);
}

#[test]
fn an_entity_despawned_on_exit_is_published_once_in_the_same_frame() {
    let mut app = app();
    let first = app.world_mut().spawn((Number(1), DespawnOnExit(Level(1)))).id();
    let second = app.world_mut().spawn((Number(2), DespawnOnExit(Level(2)))).id();
    app.world_mut().spawn(Number(3));
    assert!(frame(&mut app).is_empty(), "the state has not changed");

    assert_despawned(&enter(&mut app, Level(2)), first, 1);
    assert!(frame(&mut app).is_empty(), "not twice");
    assert_despawned(&enter(&mut app, Menu), second, 2);
    assert!(frame(&mut app).is_empty());
}

#[test]
fn an_entity_despawned_on_enter_is_published_once_in_the_same_frame() {
    let mut app = app();
    let intro = app.world_mut().spawn((Number(1), DespawnOnEnter(Level(2)))).id();
    assert!(enter(&mut app, Menu).is_empty(), "another state was entered");
    assert_despawned(&enter(&mut app, Level(2)), intro, 1);
    assert!(frame(&mut app).is_empty());
}

#[test]
fn an_entity_despawned_by_a_condition_is_published() {
    let mut app = app();
    let condition = DespawnWhen::<Screen>::new(|transition| transition.entered == Some(Menu));
    let voice = app.world_mut().spawn((Number(1), condition)).id();
    assert!(enter(&mut app, Level(2)).is_empty());
    assert_despawned(&enter(&mut app, Menu), voice, 1);
}

#[test]
fn an_entity_scoped_to_a_sub_state_is_published() {
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
        .init_resource::<Read>()
        .add_systems(Cleanup, read);
    app.update();
    let owl = app.world_mut().spawn((Number(1), DespawnOnExit(Phase::Night))).id();
    assert_despawned(&enter(&mut app, Menu), owl, 1);
}

#[test]
fn thousands_of_entities_are_published_with_their_children_as_the_next_level_is_spawned() {
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
    let alive: BTreeMap<Entity, Number> = numbers
        .iter(app.world())
        .map(|(entity, number)| (entity, *number))
        .collect();
    assert_eq!(alive.len(), 4 * LEVEL as usize);

    let messages = enter(&mut app, Level(2));
    assert_eq!(messages.len(), alive.len(), "each once");
    assert!(
        messages
            .iter()
            .all(|message| !message.origin.is_delete() && message.origin.root.is_none())
    );
    let published: BTreeMap<Entity, Number> = messages
        .into_iter()
        .map(|message| (message.entity, message.snapshot))
        .collect();
    assert_eq!(published, alive, "each with its last value");
    assert_eq!(numbers.iter(app.world()).count(), 2 * LEVEL as usize, "the next level");

    assert!(frame(&mut app).is_empty());
    assert_eq!(enter(&mut app, Menu).len(), 2 * LEVEL as usize);
    assert!(frame(&mut app).is_empty());
}

#[test]
fn an_entity_deleted_on_exit_is_published_once() {
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
    let messages = enter(&mut app, Level(2));
    let mut numbers: Vec<u32> = messages.iter().map(|message| message.snapshot.0).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, Vec::from_iter(0..=10));
    assert!(frame(&mut app).is_empty());
}
