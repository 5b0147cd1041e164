//! Finds the code that still calls `despawn` where the game should call `delete`.
//!
//! Look at `DespawnPolicy`. With `Warn`, each such despawn is logged if the app has a logger. With `Panic`, the despawn
//! panics, so that a test fails. With `--features track_location`, the printed text contains the line of the despawn.
//!
//! ```text
//! cargo run --example find_plain_despawns
//! ```
use std::panic;

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone)]
struct Enemy {
    health: i32,
}

fn fight(enemies: Query<(Entity, &Enemy)>, mut commands: Commands) {
    for (entity, enemy) in &enemies {
        if enemy.health <= 0 {
            commands.entity(entity).delete();
        }
    }
}

/// This system was written before the game used this crate.
fn leave_level(enemies: Query<Entity, With<Enemy>>, mut commands: Commands) {
    for entity in &enemies {
        commands.entity(entity).despawn();
    }
}

fn game(policy: DespawnPolicy) -> App {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Enemy>::default().despawn_policy(policy));
    app.world_mut().spawn_batch([0, 0, 80].map(|health| Enemy { health }));
    app
}

fn main() {
    // In the game: every despawn is published. Plain despawns are logged, and can be counted.
    let mut app = game(DespawnPolicy::Warn);
    app.count_deletes_by::<Enemy, bool>(|deleted| deleted.origin.is_delete())
        .add_systems(Update, (fight, leave_level).chain());
    app.update();
    let counts = app.world().resource::<DeleteCounts<Enemy, bool>>();
    println!("{} deletes, {} plain despawns", counts.get(&true), counts.get(&false));
    assert_eq!((counts.get(&true), counts.get(&false)), (2, 1));

    // In a test: `fight` does not panic, and `leave_level` does.
    let mut app = game(DespawnPolicy::Panic);
    app.world_mut().run_system_cached(fight).unwrap();
    panic::set_hook(Box::new(|panic| {
        println!("panicked: {}", panic.payload_as_str().unwrap());
    }));
    let run = panic::AssertUnwindSafe(|| app.world_mut().run_system_cached(leave_level));
    let panic = panic::catch_unwind(run).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    assert!(text.contains("(`Enemy`) was despawned without `delete`"), "{text}");
}
