use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component)]
struct Enemy;

fn main() {
    let _plugin = PostDeletePlugin::<Enemy>::default();
}
