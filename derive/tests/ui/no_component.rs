use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Default)]
struct Enemy;

#[derive(Snapshot)]
struct Unit;

#[derive(Snapshot)]
struct Braces {}

#[derive(Snapshot)]
struct Parentheses();

fn main() {}
