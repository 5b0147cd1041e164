use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Default)]
struct Enemy;

#[derive(Component, Clone, Snapshot)]
struct Corpse {
    enemy: Enemy,
}

fn main() {}
