use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone, Default)]
struct Enemy;

mod enemies {
    use super::*;

    #[derive(Component, Clone)]
    struct Hidden;

    #[derive(Snapshot)]
    pub struct DeadEnemy(Hidden);
}

fn main() {}
