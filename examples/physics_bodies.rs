//! Frees the bodies of a physics engine, so that no step simulates a deleted entity.
//!
//! Look at the systems in `FixedFirst`. Before each step, they free the bodies of all entities that were deleted since
//! the last step, inside or outside the fixed loop. (The example `rapier` in the package `ecosystem` does this with a
//! real physics engine.)
//!
//! ```text
//! cargo run --example physics_bodies
//! ```
use bevy_app::{FixedMain, RunFixedMainLoop, prelude::*};
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

/// The index of an entity's body in the physics engine.
#[derive(Component, Clone)]
struct BodyIndex(usize);

#[derive(Resource, Default)]
struct PhysicsEngine {
    /// The height of each body, or `None` if it was freed.
    bodies: Vec<Option<f32>>,
}

fn main() {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<BodyIndex>::default())
        .init_resource::<PhysicsEngine>()
        .add_systems(Startup, spawn_bodies)
        .add_systems(FixedFirst, (publish_deletes, free_bodies).chain())
        .add_systems(FixedUpdate, simulate)
        // In every frame, a body is deleted in each of three schedules.
        .add_systems(PreUpdate, despawn_one)
        .add_systems(FixedPostUpdate, delete_one)
        .add_systems(Update, delete_one)
        // One step in each frame. In a game, Bevy's `TimePlugin` decides how many steps run.
        .add_systems(RunFixedMainLoop, |world: &mut World| world.run_schedule(FixedMain));

    for _ in 0..5 {
        app.update();
    }

    let engine = app.world().resource::<PhysicsEngine>();
    assert!(engine.bodies.iter().all(Option::is_none));
}

fn spawn_bodies(mut engine: ResMut<PhysicsEngine>, mut commands: Commands) {
    engine.bodies = vec![Some(100.0); 10];
    commands.spawn_batch((0..10).map(BodyIndex));
}

fn simulate(mut engine: ResMut<PhysicsEngine>, entities: Query<&BodyIndex>) {
    let bodies: Vec<&mut f32> = engine.bodies.iter_mut().flatten().collect();
    println!("{} bodies, {} entities", bodies.len(), entities.iter().count());
    assert_eq!(bodies.len(), entities.iter().count());
    for height in bodies {
        *height -= 0.1;
    }
}

fn free_bodies(mut deleted: MessageReader<PostDelete<BodyIndex>>, mut engine: ResMut<PhysicsEngine>) {
    for PostDelete { snapshot, .. } in deleted.read() {
        engine.bodies[snapshot.0] = None;
    }
}

fn delete_one(entities: Query<Entity, With<BodyIndex>>, mut commands: Commands) {
    if let Some(entity) = entities.iter().next() {
        commands.entity(entity).delete();
    }
}

fn despawn_one(entities: Query<Entity, With<BodyIndex>>, mut commands: Commands) {
    if let Some(entity) = entities.iter().next() {
        commands.entity(entity).despawn();
    }
}
