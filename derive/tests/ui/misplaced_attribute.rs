use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Default)]
struct Enemy;

#[derive(Snapshot)]
#[snapshot(take, entity)]
struct DeadEnemy {
    #[snapshot(component = Enemy)]
    enemy: Enemy,
}

fn main() {}
