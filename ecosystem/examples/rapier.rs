//! Frees the bodies of the physics engine rapier: once with `RemovedComponents`, and once with this crate.
//!
//! Look at `free_removed` and `free_deleted`. Two games run the same script side by side. It deletes 1,000 bodies by
//! every path, inside and outside the fixed loop. With `RemovedComponents` in `FixedUpdate`, as in the linked issue of
//! `bevy_rapier`, bodies leak, because Bevy drops a removal after two frames, even if no fixed step ran in them. (See
//! <https://github.com/bevyengine/bevy/issues/16520> and <https://github.com/dimforge/bevy_rapier/issues/343>.) With
//! this crate, there are as many bodies as entities in every step.
//!
//! ```text
//! cargo run -p bevy_post_delete_ecosystem --example rapier
//! ```
#![allow(clippy::std_instead_of_core, reason = "an example")]

use std::{collections::HashMap, time::Duration};

use bevy_app::prelude::*;
use bevy_ecs::{prelude::*, schedule::ScheduleLabel};
use bevy_post_delete::prelude::*;
use bevy_time::{TimePlugin, TimeUpdateStrategy};
use rapier2d::prelude::{ColliderBuilder, PhysicsWorld, RigidBodyBuilder, RigidBodyHandle, Vector};

/// The body of an entity in the physics engine.
#[derive(Component, Clone)]
struct Body(RigidBodyHandle);

/// The entities with the same number are deleted together: a root and its children.
#[derive(Component)]
struct Group(usize);

#[derive(Resource, Default)]
struct Physics(PhysicsWorld);

/// The systems that free bodies and simulate the others.
#[derive(SystemSet, Clone, PartialEq, Eq, Hash, Debug)]
struct PhysicsSystems;

const GROUPS: usize = 200;
const GROUP_SIZE: usize = 5;
/// Bodies whose removals were dropped by Bevy before a fixed step ran.
const LEAKED: usize = 420;

fn main() {
    let mut removed_components = game(add_removed_components);
    let mut post_delete = game(add_post_delete);
    println!("frame  entities  bodies with RemovedComponents  bodies with PostDelete");
    for frame in 0..=50 {
        removed_components.update();
        post_delete.update();
        if frame % 10 == 0 {
            let entities = entities(&mut post_delete);
            let [leaky, exact] = [&removed_components, &post_delete].map(bodies);
            println!("{frame:5}  {entities:8}  {leaky:29}  {exact:22}");
        }
    }

    assert_eq!(entities(&mut removed_components), 0);
    assert_eq!(entities(&mut post_delete), 0);
    println!(
        "{} of {} bodies leaked",
        bodies(&removed_components),
        GROUPS * GROUP_SIZE
    );
    assert_eq!(bodies(&removed_components), LEAKED);
    assert_eq!(bodies(&post_delete), 0);
}

// With `RemovedComponents`: the list contains no values, so a map from entities to bodies is needed.

#[derive(Resource, Default)]
struct BodyByEntity(HashMap<Entity, RigidBodyHandle>);

fn add_removed_components(app: &mut App) {
    app.init_resource::<BodyByEntity>()
        .add_observer(
            |on: On<Insert<Body>>, bodies: Query<&Body>, mut by_entity: ResMut<BodyByEntity>| {
                by_entity.0.insert(on.entity, bodies.get(on.entity).unwrap().0);
            },
        )
        .add_systems(FixedUpdate, (free_removed, simulate).chain().in_set(PhysicsSystems));
}

fn free_removed(
    mut removed: RemovedComponents<Body>,
    mut by_entity: ResMut<BodyByEntity>,
    mut physics: ResMut<Physics>,
) {
    for entity in removed.read() {
        if let Some(handle) = by_entity.0.remove(&entity) {
            physics.0.remove_body(handle);
        }
    }
}

// With this crate: the messages contain the bodies.

fn add_post_delete(app: &mut App) {
    app.add_plugins(PostDeletePlugin::<Body>::default().with_removals())
        .add_systems(
            FixedUpdate,
            (publish_deletes, free_deleted, assert_no_leak, simulate)
                .chain()
                .in_set(PhysicsSystems),
        );
}

fn free_deleted(mut deleted: MessageReader<PostDelete<Body>>, mut physics: ResMut<Physics>) {
    for PostDelete { snapshot, .. } in deleted.read() {
        let freed = physics.0.remove_body(snapshot.0);
        assert!(freed.is_some(), "each body is freed once");
    }
}

fn assert_no_leak(entities: Query<&Body>, physics: Res<Physics>) {
    assert_eq!(physics.0.bodies.len(), entities.iter().count());
    assert_eq!(physics.0.colliders.len(), entities.iter().count());
}

// The game: 64 fixed steps per second, and 144 frames.

fn game(add_physics: fn(&mut App)) -> App {
    let mut app = App::new();
    app.add_plugins(TimePlugin)
        .insert_resource(TimeUpdateStrategy::ManualDuration(Duration::from_secs(1) / 144))
        .init_resource::<Physics>();
    add_physics(&mut app);

    for number in 0..GROUPS {
        let world = app.world_mut();
        let root = spawn_body(world, number, 0);
        for index in 1..GROUP_SIZE {
            let child = spawn_body(world, number, index);
            world.entity_mut(root).add_child(child);
        }
    }

    delete_in(&mut app, First, 0);
    delete_in(&mut app, PreUpdate, 1);
    delete_in(&mut app, FixedFirst, 2);
    delete_in(&mut app, FixedPreUpdate, 3);
    delete_in(&mut app, FixedUpdate, 4);
    delete_in(&mut app, FixedPostUpdate, 5);
    delete_in(&mut app, FixedLast, 6);
    delete_in(&mut app, Update, 7);
    delete_in(&mut app, PostUpdate, 8);
    delete_in(&mut app, Last, 9);
    app
}

fn spawn_body(world: &mut World, group: usize, index: usize) -> Entity {
    let at = Vector::new(2.0 * group as f32, 2.0 * index as f32);
    let mut physics = world.resource_mut::<Physics>();
    let body = RigidBodyBuilder::dynamic().translation(at);
    let (body, _) = physics.0.insert(body, ColliderBuilder::ball(0.5));
    world.spawn((Body(body), Group(group))).id()
}

fn simulate(mut physics: ResMut<Physics>) {
    physics.0.step();
}

/// Adds a system that deletes every tenth group. It deletes one group in each run, and each by a different path.
fn delete_in(app: &mut App, schedule: impl ScheduleLabel, first: usize) {
    let delete = move |mut run: Local<usize>, groups: Query<(Entity, &Group, &Children)>, mut commands: Commands| {
        let number = first + 10 * *run;
        if let Some((root, _, children)) = groups.iter().find(|(_, group, _)| group.0 == number) {
            PATHS[*run % PATHS.len()](&mut commands, root, children, number);
        }
        *run += 1;
    };
    app.add_systems(schedule, delete.before(PhysicsSystems));
}

const EXPLODED: DeleteReason = DeleteReason::new("exploded");

/// Deletes a group, given its root, its children and its number.
type DeleteGroup = fn(&mut Commands, Entity, &[Entity], usize);

const PATHS: [DeleteGroup; 14] = [
    |commands, root, _, _| commands.entity(root).delete(),
    |commands, root, _, _| commands.entity(root).try_delete(),
    |commands, root, _, _| commands.entity(root).because(EXPLODED).delete(),
    |commands, root, _, _| commands.entity(root).delete_children().delete(),
    |commands, root, _, _| commands.entity(root).delete_related::<Children>().delete(),
    |commands, root, children, _| commands.delete_batch([children, &[root]].concat()),
    |commands, _, _, number| commands.delete_all_where::<&Group, ()>(move |group| group.0 == number),
    |commands, root, _, _| commands.entity(root).despawn(),
    |commands, root, _, _| commands.entity(root).try_despawn(),
    |commands, root, _, _| commands.entity(root).despawn_children().despawn(),
    |commands, root, _, _| commands.entity(root).despawn_related::<Children>().despawn(),
    |commands, _, _, number| commands.despawn_all_where::<&Group, ()>(move |group| group.0 == number),
    |commands, root, _, _| commands.queue(move |world: &mut World| assert!(world.despawn(root))),
    // The entities stay alive, but their bodies have left the simulation.
    |commands, root, children, _| {
        for entity in [children, &[root]].concat() {
            commands.entity(entity).remove::<Body>();
        }
    },
];

fn entities(app: &mut App) -> usize {
    let world = app.world_mut();
    world.query::<&Body>().iter(world).count()
}

fn bodies(app: &App) -> usize {
    app.world().resource::<Physics>().0.bodies.len()
}
