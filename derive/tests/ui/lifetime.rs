use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Default)]
struct Enemy;

#[derive(Snapshot)]
struct DeadEnemy<'a, 'b> {
    enemy: Enemy,
    first: &'a str,
    second: &'b str,
}

fn main() {}
