use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Default)]
struct Enemy;

#[derive(Clone)]
struct Path(String);

#[derive(Snapshot)]
struct DeadEnemy {
    enemy: Enemy,
    path: Path,
    other: Option<Path>,
}

fn main() {}
