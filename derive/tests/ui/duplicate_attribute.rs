use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Default)]
struct Enemy;

#[derive(Snapshot)]
#[snapshot(component = Enemy, component = Enemy)]
struct DeadEnemy {
    #[snapshot(take, take)]
    enemy: Enemy,
    #[snapshot(entity)]
    #[snapshot(entity)]
    id: Entity,
}

#[derive(Snapshot)]
#[snapshot(component = Enemy)]
#[snapshot(component = Enemy)]
struct Other;

fn main() {}
