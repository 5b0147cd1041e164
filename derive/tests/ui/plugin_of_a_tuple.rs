use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone)]
struct Enemy;

#[derive(Component, Clone)]
struct Position;

fn main() {
    let _plugin = PostDeletePlugin::<(Enemy, Position)>::default();
    let _queue = DeleteQueuePlugin::<(Enemy, Position)>::unbounded();
}
