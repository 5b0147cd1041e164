//! The statistics at the end of a level: how many enemies of each species were killed, and how many fled.
//!
//! Look at `species_and_reason`: the key of a counter can depend on the snapshot and on the origin of the deletion.
//!
//! ```text
//! cargo run --example count_by_key
//! ```
use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone)]
struct Enemy {
    species: Species,
    health: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Species {
    Orc,
    Wolf,
}

const KILLED: DeleteReason = DeleteReason::new("killed");
const FLED: DeleteReason = DeleteReason::new("fled");

type Key = (Species, Option<DeleteReason>);

fn species_and_reason(deleted: &PostDelete<Enemy>) -> Key {
    (deleted.snapshot.species, deleted.origin.reason)
}

fn main() {
    let mut app = App::new();
    app.count_deletes_by::<Enemy, Key>(species_and_reason)
        .add_systems(Startup, spawn_enemies)
        .add_systems(Update, fight)
        // The counters are updated in the set `Receive`.
        .add_systems(Cleanup, show_statistics.after(PostDeleteSystems::Receive));

    app.update();

    let counts = app.world().resource::<DeleteCounts<Enemy, Key>>();
    assert_eq!(counts.get(&(Species::Orc, Some(KILLED))), 2);
    assert_eq!(counts.get(&(Species::Orc, Some(FLED))), 0);
    assert_eq!(counts.get(&(Species::Wolf, Some(KILLED))), 1);
    assert_eq!(counts.get(&(Species::Wolf, Some(FLED))), 2);
    assert_eq!(counts.total(), 5);
}

fn spawn_enemies(mut commands: Commands) {
    commands.spawn_batch([0, -5, 80].map(|health| Enemy {
        species: Species::Orc,
        health,
    }));
    commands.spawn_batch([0, 3, 9].map(|health| Enemy {
        species: Species::Wolf,
        health,
    }));
}

fn fight(mut commands: Commands) {
    commands
        .because(KILLED)
        .delete_all_where::<&Enemy, ()>(|enemy| enemy.health <= 0);
    commands
        .because(FLED)
        .delete_all_where::<&Enemy, ()>(|enemy| enemy.health < 10);
}

fn show_statistics(counts: Res<DeleteCounts<Enemy, Key>>) {
    for species in [Species::Orc, Species::Wolf] {
        let [killed, fled] = [KILLED, FLED].map(|reason| counts.get(&(species, Some(reason))));
        println!("{species:?}: {killed} killed, {fled} fled");
    }
}
