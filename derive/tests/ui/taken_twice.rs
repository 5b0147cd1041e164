use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Default)]
struct Enemy;

#[derive(Snapshot)]
struct DeadEnemy {
    #[snapshot(take)]
    first: Enemy,
    second: Enemy,
    #[snapshot(take)]
    third: Option<Enemy>,
}

fn main() {}
