//! The player gets the gold of every enemy that is deleted, children included.
//!
//! Look at `collect_gold`: when it runs, the enemies are despawned, and their gold is in the messages.
//!
//! ```text
//! cargo run --example quick_start
//! ```

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component, Clone)] // <- any `Clone` component can be tracked
struct Enemy {
    gold: u32,
}

#[derive(Resource, Default)]
struct Purse(u32);

const KILLED: DeleteReason = DeleteReason::new("killed");

fn main() {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Enemy>::default()) // <- tracks `Enemy`
        .init_resource::<Purse>()
        .add_systems(Startup, spawn_camp)
        .add_systems(Update, fight)
        .add_systems(Cleanup, collect_gold); // <- runs after `PostUpdate`; the enemies are already despawned
    app.update();
    assert_eq!(app.world().resource::<Purse>().0, 5 + 1 + 1);
}

fn spawn_camp(mut commands: Commands) {
    commands.spawn((Enemy { gold: 5 }, children![Enemy { gold: 1 }, Enemy { gold: 1 }]));
}

fn fight(leaders: Query<Entity, (With<Enemy>, Without<ChildOf>)>, mut commands: Commands) {
    for leader in &leaders {
        commands.entity(leader).delete_with(KILLED); // <- like `despawn`, including its children, but with a reason
    }
}

fn collect_gold(mut deleted: MessageReader<PostDelete<Enemy>>, mut purse: ResMut<Purse>) {
    for PostDelete { snapshot, origin, .. } in deleted.read() {
        // The children have the reason of their parent. Enemies that are despawned with their level have none.
        if origin.has_reason(KILLED) {
            println!("{:?}: +{} gold", origin.kind, snapshot.gold); // <- the data of the despawned enemy
            purse.0 += snapshot.gold;
        }
    }
}
