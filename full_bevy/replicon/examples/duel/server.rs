//! The server. It starts an act when both clients have shown all lines of the previous one.

use std::collections::BTreeMap;

use bevy::prelude::*;
use bevy_post_delete::prelude::*;
use bevy_replicon::prelude::*;
use bevy_replicon_example_backend::ExampleServer;

use crate::game::{self, ARENA_CLOSED, Character, FEEDS, KILLED, SeenOnlyBy, Shown};

#[derive(Resource, Default)]
struct Stage {
    acts_played: usize,
    /// The number of lines that each player's client has shown.
    lines_shown: BTreeMap<String, usize>,
}

/// Creates the server, and prints the port that it listens on.
pub(crate) fn new_app() -> App {
    let socket = ExampleServer::new(0).expect("a free port");
    println!("{}", socket.local_addr().expect("a bound socket").port());
    let mut app = game::new_app();
    app.insert_resource(socket)
        .init_resource::<Stage>()
        .add_observer(note_lines_shown)
        .add_systems(Startup, spawn_characters)
        .add_systems(Update, play);
    app
}

fn spawn_characters(mut commands: Commands) {
    let [_, bob, _] = ["Alice", "Bob", "Raven"].map(|name| commands.spawn((Replicated, Character(name.into()))).id());
    commands.spawn((Replicated, Character("Bob's shield".into()), ChildOf(bob)));
}

fn note_lines_shown(shown: On<FromClient<Shown>>, mut stage: ResMut<Stage>, mut commands: Commands) {
    let Shown { player, lines } = &shown.message;
    if let Some(client) = shown.client_id.entity() {
        commands.entity(client).insert_if_new(SeenOnlyBy(player.clone()));
    }
    stage.lines_shown.insert(player.clone(), *lines);
}

fn play(world: &mut World) {
    let stage = world.resource::<Stage>();
    let act = stage.acts_played;
    let are_ready = FEEDS.iter().all(|(player, acts)| {
        let lines_expected = acts[..act].iter().map(|lines| lines.len()).sum();
        stage.lines_shown.get(*player) == Some(&lines_expected)
    });
    if !are_ready {
        return;
    }
    let mut characters = world.query::<(Entity, &Character)>();
    let characters: BTreeMap<_, _> = characters
        .iter(world)
        .map(|(entity, name)| (name.0.clone(), entity))
        .collect();
    match act {
        0 => {
            world.entity_mut(characters["Raven"]).insert(SeenOnlyBy("Alice".into()));
        }
        1 => {
            world
                .because(KILLED.by(characters["Alice"]))
                .delete(characters["Bob"])
                .expect("Bob is alive");
        }
        2 => {
            world.because(ARENA_CLOSED).delete_all::<With<Character>>();
        }
        _ => {
            world.write_message(AppExit::Success);
        }
    }
    world.resource_mut::<Stage>().acts_played += 1;
}
