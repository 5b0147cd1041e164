//! Drops loot where an enemy died.
//!
//! Look at `DeadEnemy`: when `drop_loot` runs, the enemy is despawned, and no query finds its position. So the snapshot
//! contains both components, `Enemy` and `Position`.
//!
//! ```text
//! cargo run --example loot
//! ```
use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone)]
struct Enemy {
    loot: &'static str,
}

#[derive(Component, Clone, Copy, Debug, PartialEq)]
struct Position {
    x: i32,
    y: i32,
}

#[derive(Component)]
struct Shield;

#[derive(Component)]
struct Loot(&'static str);

/// Captured when an entity with an `Enemy` and a `Position` is despawned.
#[derive(Snapshot)]
struct DeadEnemy {
    enemy: Enemy,
    position: Position,
}

fn main() {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<DeadEnemy>::default())
        .add_systems(Startup, spawn_enemies)
        .add_systems(Update, cast_lightning)
        .add_systems(Cleanup, drop_loot);

    app.update();

    let world = app.world_mut();
    let dropped: Vec<_> = world.query::<(&Loot, &Position)>().iter(world).collect();
    assert_eq!(dropped.len(), 1);
    assert_eq!((dropped[0].0.0, *dropped[0].1), ("axe", Position { x: 3, y: 4 }));
}

fn spawn_enemies(mut commands: Commands) {
    commands.spawn((Enemy { loot: "axe" }, Position { x: 3, y: 4 }));
    commands.spawn((Enemy { loot: "bow" }, Position { x: 7, y: 1 }, Shield));
}

fn cast_lightning(mut commands: Commands) {
    commands.delete_all::<(With<Enemy>, Without<Shield>)>();
}

fn drop_loot(mut deleted: MessageReader<PostDelete<DeadEnemy>>, mut commands: Commands) {
    for PostDelete { snapshot, .. } in deleted.read() {
        let Position { x, y } = snapshot.position;
        println!("dropped: {} at ({x}, {y})", snapshot.enemy.loot);
        commands.spawn((Loot(snapshot.enemy.loot), snapshot.position));
    }
}
