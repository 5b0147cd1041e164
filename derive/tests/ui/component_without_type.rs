use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Default)]
struct Enemy;

#[derive(Snapshot)]
#[snapshot(component)]
struct NoType;

#[derive(Snapshot)]
#[snapshot(component = "Enemy")]
struct Text;

#[derive(Snapshot)]
#[snapshot(component(Enemy))]
struct Parentheses;

#[derive(Snapshot)]
#[snapshot(component = )]
struct Nothing;

#[derive(Snapshot)]
#[snapshot(component = Enemy Enemy)]
struct Two;

fn main() {}
