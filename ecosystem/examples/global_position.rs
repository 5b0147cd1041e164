//! Spawns an explosion where a gun on a moving tank was destroyed.
//!
//! Look at `DestroyedGun`: its `GlobalTransform` is the last world position that Bevy computed. The `Transform` is
//! relative to the tank, which may be despawned as well.
//!
//! ```text
//! cargo run -p bevy_post_delete_ecosystem --example global_position
//! ```
use bevy_app::{TaskPoolPlugin, prelude::*};
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;
use bevy_transform::{TransformPlugin, prelude::*};

#[derive(Component)]
struct Tank;

#[derive(Component, Clone)]
struct Gun {
    caliber: f32,
}

#[derive(Snapshot)]
struct DestroyedGun {
    gun: Gun,
    at: GlobalTransform,
}

#[derive(Component)]
struct Explosion {
    radius: f32,
}

fn main() {
    let mut app = App::new();
    app.add_plugins((
        TaskPoolPlugin::default(),
        TransformPlugin,
        PostDeletePlugin::<DestroyedGun>::default(),
    ))
    .add_systems(Startup, spawn_tank)
    .add_systems(Update, drive)
    .add_systems(Cleanup, explode);
    for _ in 0..10 {
        app.update();
    }

    // The gun is a child of the tank, so both are deleted.
    app.world_mut().delete_all::<With<Tank>>();
    app.update();

    let world = app.world_mut();
    let (explosion, at) = world.query::<(&Explosion, &Transform)>().single(world).unwrap();
    println!("explosion of radius {} at {}", explosion.radius, at.translation);
    assert_eq!(explosion.radius, 240.0);
    assert_eq!(at.translation.to_array(), [20.0, 3.0, 0.0]);
}

fn spawn_tank(mut commands: Commands) {
    commands.spawn((
        Tank,
        Transform::from_xyz(0.0, 0.0, 0.0),
        children![(Gun { caliber: 120.0 }, Transform::from_xyz(0.0, 3.0, 0.0))],
    ));
}

fn drive(mut tanks: Query<&mut Transform, With<Tank>>) {
    for mut tank in &mut tanks {
        tank.translation.x += 2.0;
    }
}

fn explode(mut deleted: MessageReader<PostDelete<DestroyedGun>>, mut commands: Commands) {
    for PostDelete { snapshot, .. } in deleted.read() {
        let radius = 2.0 * snapshot.gun.caliber;
        commands.spawn((Explosion { radius }, snapshot.at.compute_transform()));
    }
}
