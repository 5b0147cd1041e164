use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Default)]
struct Enemy;

#[derive(Component, Default)]
#[component(immutable)]
struct Name;

#[derive(Default)]
struct Path(String);

#[derive(Snapshot)]
struct First {
    #[snapshot(take)]
    name: Name,
}

#[derive(Snapshot)]
struct Second {
    enemy: Enemy,
    #[snapshot(take)]
    other: Enemy,
    #[snapshot(take)]
    path: Path,
    #[snapshot(take)]
    name: Option<Name>,
}

fn main() {}
