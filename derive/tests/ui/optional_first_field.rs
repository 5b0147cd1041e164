use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Default)]
struct Enemy;

#[derive(Snapshot)]
struct DeadEnemy {
    enemy: Option<Enemy>,
}

#[derive(Snapshot)]
struct Taken(#[snapshot(take)] Option<Enemy>);

macro_rules! snapshot {
    ($name:ident, $ty:ty) => {
        #[derive(Snapshot)]
        struct $name($ty);
    };
}

snapshot!(Generated, core::option::Option<Enemy>);

fn main() {}
