use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Default)]
struct Enemy;

#[derive(Snapshot)]
#[snapshot(tracks = Enemy)]
struct DeadEnemy {
    #[snapshot(clone)]
    enemy: Enemy,
    #[snapshot(skip, default = "0", type)]
    other: Enemy,
}

fn main() {}
