//! Beside `bevy_transform`: a projection carries where its entity stood when it died.

use bevy_app::{TaskPoolPlugin, prelude::*};
use bevy_ecs::{prelude::*, world::EntityMut};
use bevy_post_delete::prelude::*;
use bevy_transform::{TransformPlugin, TransformSystems, prelude::*};

use crate::support::published;

#[derive(Component)]
struct Enemy {
    loot: u32,
}

/// What is remembered of an enemy, and where it lay.
#[derive(Debug, PartialEq)]
struct Fallen {
    loot: u32,
    at: [f32; 3],
    on: Option<Entity>,
}

impl Snapshot for Fallen {
    type Component = Enemy;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        Some(Self {
            loot: entity.get::<Enemy>()?.loot,
            at: entity.get::<GlobalTransform>()?.translation().to_array(),
            on: entity.get::<ChildOf>().map(ChildOf::parent),
        })
    }
}

fn app() -> App {
    let mut app = App::new();
    app.add_plugins((
        TaskPoolPlugin::default(),
        TransformPlugin,
        PostDeletePlugin::<Fallen>::default(),
    ));
    app
}

/// A cart that has come from 0 to 10, and an enemy that stands one further on it.
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

fn fallen(app: &mut App) -> Vec<Fallen> {
    app.update();
    published::<Fallen>(app.world_mut())
        .into_iter()
        .map(|deleted| deleted.snapshot)
        .collect()
}

fn stood(app: &mut App) -> Vec<[f32; 3]> {
    fallen(app).into_iter().map(|fallen| fallen.at).collect()
}

#[test]
fn a_child_of_a_moved_parent_is_told_where_it_stood_by_whichever_road_it_went() {
    let roads: [fn(&mut Commands, Entity, Entity); 6] = [
        |commands, _, rider| commands.entity(rider).delete(),
        |commands, _, rider| commands.entity(rider).despawn(),
        |commands, cart, _| commands.entity(cart).delete(),
        |commands, cart, _| commands.entity(cart).despawn(),
        |commands, cart, _| {
            commands.entity(cart).delete_children();
        },
        |commands, _, _| commands.delete_all::<With<Enemy>>(),
    ];
    for (road, delete) in roads.into_iter().enumerate() {
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
        let expected = Fallen {
            loot: 7,
            at: [11.0, 2.0, 3.0],
            on: Some(cart),
        };
        assert_eq!(fallen(&mut app), [expected], "road {road}");
        assert!(fallen(&mut app).is_empty());
    }
}

#[test]
fn who_is_moved_and_deleted_before_transforms_are_propagated_is_told_where_it_was_seen_last() {
    let mut app = app();
    let (cart, rider) = cart_and_rider(&mut app);
    app.add_systems(Update, move |world: &mut World| {
        if world.get_entity(rider).is_ok() {
            move_to(world, cart, 20.0);
            world.commands().entity(rider).delete();
        }
    });
    assert_eq!(stood(&mut app), [[11.0, 2.0, 3.0]]);
}

#[test]
fn who_is_deleted_after_transforms_are_propagated_is_told_where_it_has_come_to() {
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
    assert_eq!(stood(&mut app), [[21.0, 2.0, 3.0]]);
}

#[test]
fn a_whole_moved_tree_is_told_where_each_of_it_stood() {
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
        let mut stood: Vec<_> = fallen(&mut app)
            .into_iter()
            .map(|fallen| (fallen.loot, fallen.at[0]))
            .collect();
        stood.sort_by_key(|(loot, _)| *loot);
        assert_eq!(stood, [(1, 101.0), (2, 102.0), (3, 103.0), (4, 104.0), (5, 105.0)]);
    }
}
