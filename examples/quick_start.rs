//! The README's quick start: gold for every enemy that is gone, whoever deleted it.

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone)]
struct Enemy {
    gold: u32,
}

#[derive(Resource, Default)]
struct Purse(u32);

const KILLED: DeleteReason = DeleteReason::new("killed");

fn main() {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Enemy>::default())
        .init_resource::<Purse>()
        .add_systems(Startup, spawn_camp)
        .add_systems(Update, fight)
        .add_systems(Cleanup, collect_gold);

    app.update();

    assert_eq!(app.world().resource::<Purse>().0, 5 + 1 + 1);
}

fn spawn_camp(mut commands: Commands) {
    commands.spawn((Enemy { gold: 5 }, children![Enemy { gold: 1 }, Enemy { gold: 1 }]));
}

fn fight(leaders: Query<Entity, (With<Enemy>, Without<ChildOf>)>, mut commands: Commands) {
    for leader in &leaders {
        // Its followers go with it: they are its children.
        commands.entity(leader).delete_with(KILLED);
    }
}

fn collect_gold(mut deleted: MessageReader<PostDelete<Enemy>>, mut purse: ResMut<Purse>) {
    for PostDelete { snapshot, origin, .. } in deleted.read() {
        assert_eq!(origin.reason, Some(KILLED));
        purse.0 += snapshot.gold;
    }
}
