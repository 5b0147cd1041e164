use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Default)]
struct Enemy;

#[derive(Snapshot)]
struct DeadEnemy {
    enemy: Enemy,
    #[snapshot(entity)]
    id: u64,
    #[snapshot(entity)]
    other: Option<Entity>,
}

fn main() {}
