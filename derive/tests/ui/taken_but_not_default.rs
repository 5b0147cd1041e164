use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Default)]
struct Enemy;

#[derive(Component)]
struct Mesh;

#[derive(Snapshot)]
struct First {
    #[snapshot(take)]
    mesh: Mesh,
}

#[derive(Snapshot)]
struct Second {
    enemy: Enemy,
    #[snapshot(take)]
    mesh: Option<Mesh>,
}

fn main() {}
