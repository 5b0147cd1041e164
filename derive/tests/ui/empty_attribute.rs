use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Default)]
struct Enemy;

#[derive(Snapshot)]
#[snapshot]
struct DeadEnemy {
    #[snapshot()]
    first: Enemy,
    #[snapshot = "take"]
    second: Enemy,
    #[snapshot("take")]
    third: Enemy,
}

fn main() {}
