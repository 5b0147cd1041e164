use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Default)]
struct Enemy;

#[derive(Component)]
struct Mesh;

#[derive(Snapshot)]
struct First {
    mesh: Mesh,
}

#[derive(Snapshot)]
struct Second(Enemy, Mesh, Option<Mesh>);

fn main() {}
