//! With `bevy_transform`: a snapshot contains the global position of the deleted entity.

use bevy_app::{TaskPoolPlugin, prelude::*};
use bevy_ecs::{prelude::*, world::EntityMut};
use bevy_post_delete::prelude::*;
use bevy_transform::{TransformPlugin, TransformSystems, prelude::*};

use crate::support::published;

#[derive(Component)]
struct Enemy {
    loot: u32,
}

/// The snapshot of an enemy, with its global position and its parent.
#[derive(Debug, PartialEq)]
struct DeadEnemy {
    loot: u32,
    at: [f32; 3],
    parent: Option<Entity>,
}

impl Snapshot for DeadEnemy {
    type Component = Enemy;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        Some(Self {
            loot: entity.get::<Enemy>()?.loot,
            at: entity.get::<GlobalTransform>()?.translation().to_array(),
            parent: entity.get::<ChildOf>().map(ChildOf::parent),
        })
    }
}

fn app() -> App {
    let mut app = App::new();
    app.add_plugins((
        TaskPoolPlugin::default(),
        TransformPlugin,
        PostDeletePlugin::<DeadEnemy>::default(),
    ));
    app
}

/// A cart that has moved from x = 0 to x = 10, and an enemy on it, at a distance of 1, 2 and 3.
fn cart_and_rider(app: &mut App) -> (Entity, Entity) {
    let world = app.world_mut();
    let cart = world.spawn(Transform::from_xyz(0.0, 0.0, 0.0)).id();
    let rider = world
        .spawn((Enemy { loot: 7 }, Transform::from_xyz(1.0, 2.0, 3.0), ChildOf(cart)))
        .id();
    app.update();
    move_to(app.world_mut(), cart, 10.0);
    app.update();
    (cart, rider)
}

fn move_to(world: &mut World, entity: Entity, x: f32) {
    world.get_mut::<Transform>(entity).unwrap().translation.x = x;
}

/// Runs a frame, and returns the snapshots of the deleted enemies.
fn dead_enemies(app: &mut App) -> Vec<DeadEnemy> {
    app.update();
    published::<DeadEnemy>(app.world_mut())
        .into_iter()
        .map(|deleted| deleted.snapshot)
        .collect()
}

/// Runs a frame, and returns the positions of the deleted enemies.
fn positions(app: &mut App) -> Vec<[f32; 3]> {
    dead_enemies(app).into_iter().map(|dead| dead.at).collect()
}

#[test]
fn the_snapshot_of_a_child_has_its_global_position_by_every_path() {
    let paths: [fn(&mut Commands, Entity, Entity); 6] = [
        |commands, _, rider| commands.entity(rider).delete(),
        |commands, _, rider| commands.entity(rider).despawn(),
        |commands, cart, _| commands.entity(cart).delete(),
        |commands, cart, _| commands.entity(cart).despawn(),
        |commands, cart, _| {
            commands.entity(cart).delete_children();
        },
        |commands, _, _| commands.delete_all::<With<Enemy>>(),
    ];
    for (path, delete) in paths.into_iter().enumerate() {
        let mut app = app();
        let (cart, rider) = cart_and_rider(&mut app);
        app.add_systems(
            Update,
            move |mut commands: Commands, enemies: Query<(), With<Enemy>>| {
                if !enemies.is_empty() {
                    delete(&mut commands, cart, rider);
                }
            },
        );
        let expected = DeadEnemy {
            loot: 7,
            at: [11.0, 2.0, 3.0],
            parent: Some(cart),
        };
        assert_eq!(dead_enemies(&mut app), [expected], "path {path}");
        assert!(dead_enemies(&mut app).is_empty());
    }
}

#[test]
fn before_transform_propagation_the_snapshot_has_the_position_of_the_last_frame() {
    let mut app = app();
    let (cart, rider) = cart_and_rider(&mut app);
    app.add_systems(Update, move |world: &mut World| {
        if world.get_entity(rider).is_ok() {
            move_to(world, cart, 20.0);
            world.commands().entity(rider).delete();
        }
    });
    assert_eq!(positions(&mut app), [[11.0, 2.0, 3.0]]);
}

#[test]
fn after_transform_propagation_the_snapshot_has_the_new_position() {
    let mut app = app();
    let (cart, rider) = cart_and_rider(&mut app);
    move_to(app.world_mut(), cart, 20.0);
    app.add_systems(
        PostUpdate,
        (move |mut commands: Commands| {
            commands.entity(rider).try_delete();
        })
        .after(TransformSystems::Propagate),
    );
    assert_eq!(positions(&mut app), [[21.0, 2.0, 3.0]]);
}

#[test]
fn every_entity_of_a_tree_has_its_own_global_position() {
    for despawn in [false, true] {
        let mut app = app();
        let mut parent = app.world_mut().spawn(Transform::from_xyz(0.0, 0.0, 0.0)).id();
        let cart = parent;
        for loot in 1..=5 {
            let enemy = (Enemy { loot }, Transform::from_xyz(1.0, 0.0, 0.0), ChildOf(parent));
            parent = app.world_mut().spawn(enemy).id();
        }
        app.update();
        move_to(app.world_mut(), cart, 100.0);
        app.update();
        if despawn {
            app.world_mut().despawn(cart);
        } else {
            app.world_mut().delete(cart).unwrap();
        }
        let mut positions: Vec<_> = dead_enemies(&mut app)
            .into_iter()
            .map(|dead| (dead.loot, dead.at[0]))
            .collect();
        positions.sort_by_key(|(loot, _)| *loot);
        assert_eq!(positions, [(1, 101.0), (2, 102.0), (3, 103.0), (4, 104.0), (5, 105.0)]);
    }
}
