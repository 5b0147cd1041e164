use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone)]
struct Enemy;

#[derive(Snapshot)]
struct DeadEnemy {
    enemy: Enemy,
    id: Entity,
}

#[derive(Snapshot)]
struct DeadEntity(Entity);

fn main() {}
