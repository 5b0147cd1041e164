use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Default)]
struct Enemy;

#[derive(Snapshot)]
enum Either {
    Dead(Enemy),
    Alive,
}

#[derive(Snapshot)]
union Overlay {
    enemy: std::mem::ManuallyDrop<Enemy>,
}

fn main() {}
