use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Default)]
struct Enemy;

#[derive(Snapshot)]
struct DeadEnemy {
    #[snapshot(entity)]
    id: Entity,
    enemy: Enemy,
}

fn main() {}
