use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Default)]
struct Enemy;

#[derive(Snapshot)]
#[snapshot(components = Enemy)]
struct DeadEnemy<'a> {
    #[snapshot(skip)]
    enemy: Enemy,
    #[snapshot(take, take, entity)]
    name: &'a str,
}

#[derive(Snapshot)]
struct Second<'a> {
    enemy: Option<&'a Enemy>,
}

fn main() {}
