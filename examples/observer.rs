//! Respawns players at free spawn points, in an observer that is triggered for each player that died.
//!
//! Look at `respawn`: Bevy applies its commands before the observer is triggered for the next player. So two players
//! that die in the same frame do not get the same spawn point. A system that reads both messages would have to keep
//! track of the used spawn points itself.
//!
//! ```text
//! cargo run --example observer
//! ```
use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone)]
struct Player {
    name: &'static str,
    health: i32,
}

#[derive(Component)]
struct SpawnPoint(&'static str);

/// The player that has respawned at a spawn point.
#[derive(Component)]
struct UsedBy(&'static str);

fn main() {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Player>::default())
        .add_systems(Startup, spawn_arena)
        .add_systems(Update, die)
        .add_observer(respawn);

    app.update();

    let world = app.world_mut();
    assert_eq!(world.query::<&Player>().iter(world).count(), 3);
    let mut used: Vec<_> = world.query::<&UsedBy>().iter(world).map(|used_by| used_by.0).collect();
    used.sort_unstable();
    assert_eq!(used, ["Ada", "Grace"]);
}

fn spawn_arena(mut commands: Commands) {
    commands.spawn_batch([("Ada", 0), ("Grace", -20), ("Mary", 50)].map(|(name, health)| Player { name, health }));
    commands.spawn_batch([SpawnPoint("bridge"), SpawnPoint("tower"), SpawnPoint("well")]);
}

fn die(players: Query<(Entity, &Player)>, mut commands: Commands) {
    for (entity, player) in &players {
        if player.health <= 0 {
            commands.entity(entity).delete();
        }
    }
}

fn respawn(
    on: On<PostDelete<Player>>,
    players: Query<&Player>,
    free_points: Query<(Entity, &SpawnPoint), Without<UsedBy>>,
    mut commands: Commands,
) {
    assert!(!players.contains(on.entity), "the entity is despawned");
    let name = on.snapshot.name;
    if let Some((point, SpawnPoint(place))) = free_points.iter().next() {
        println!("{name} respawns at the {place}");
        commands.entity(point).insert(UsedBy(name));
        commands.spawn(Player { name, health: 100 });
    }
}
