use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Default)]
struct Enemy;

#[derive(Snapshot)]
struct DeadEnemy {
    enemy: Enemy,
    #[snapshot(take, entity)]
    first: Entity,
    #[snapshot(entity)]
    #[snapshot(take)]
    second: Entity,
}

fn main() {}
