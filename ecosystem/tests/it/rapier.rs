//! With `rapier2d`: the physics engine has a body for each entity in every step, and no other.

use std::time::Duration;

use bevy_app::prelude::*;
use bevy_ecs::{prelude::*, schedule::ScheduleLabel};
use bevy_post_delete::prelude::*;
use bevy_state::{app::StatesPlugin, prelude::*};
use bevy_time::prelude::*;
use rapier2d::prelude::{ColliderBuilder, FixedJointBuilder, PhysicsWorld, RigidBodyBuilder, RigidBodyHandle, Vector};

use crate::support::{add_time, run_frame, virtual_time};

/// The body of an entity in the physics engine.
#[derive(Component, Clone)]
struct Body(RigidBodyHandle);

#[derive(Resource, Default)]
struct Physics {
    world: PhysicsWorld,
    steps: u32,
}

/// The systems that free bodies, and simulate the others.
#[derive(SystemSet, Clone, PartialEq, Eq, Hash, Debug)]
struct PhysicsSystems;

fn free(mut deleted: MessageReader<PostDelete<Body>>, mut physics: ResMut<Physics>) {
    for PostDelete { snapshot, .. } in deleted.read() {
        let freed = physics.world.remove_body(snapshot.0);
        assert!(freed.is_some(), "each body is freed once");
    }
}

fn simulate(entities: Query<&Body>, mut physics: ResMut<Physics>) {
    assert_eq!(physics.world.bodies.len(), entities.iter().count());
    assert_eq!(physics.world.colliders.len(), entities.iter().count());
    assert!(entities.iter().all(|body| physics.world.bodies.contains(body.0)));
    physics.world.step();
    physics.steps += 1;
}

/// An app with a fixed step every 10 milliseconds, after its first frame.
fn app() -> App {
    let mut app = App::new();
    add_time(&mut app);
    app.add_plugins(PostDeletePlugin::<Body>::default().with_removals())
        .init_resource::<Physics>()
        .add_systems(
            FixedUpdate,
            (publish_deletes, free, simulate).chain().in_set(PhysicsSystems),
        );
    run_frame(&mut app, 0);
    app
}

fn add_body(world: &mut World) -> Body {
    let mut physics = world.resource_mut::<Physics>();
    let at = Vector::new(2.0 * physics.world.bodies.len() as f32, 0.0);
    let body = RigidBodyBuilder::dynamic().translation(at);
    Body(physics.world.insert(body, ColliderBuilder::ball(0.5)).0)
}

fn spawn_body(world: &mut World) -> Entity {
    let body = add_body(world);
    world.spawn(body).id()
}

fn bodies(app: &App) -> usize {
    app.world().resource::<Physics>().world.bodies.len()
}

fn steps(app: &App) -> u32 {
    app.world().resource::<Physics>().steps
}

#[test]
fn a_step_simulates_no_deleted_body_by_any_path_in_any_schedule() {
    /// Each deletes a root with its child.
    const PATHS: [fn(&mut Commands, Entity, Entity); 14] = [
        |commands, root, _| commands.entity(root).delete(),
        |commands, root, _| commands.entity(root).try_delete(),
        |commands, root, _| commands.entity(root).delete_children().delete(),
        |commands, root, _| commands.entity(root).delete_related::<Children>().delete(),
        |commands, root, child| commands.delete_batch([root, child]),
        |commands, _, _| commands.delete_all::<With<Body>>(),
        |commands, _, _| commands.delete_all_where::<(), With<Body>>(|()| true),
        |commands, root, _| commands.entity(root).despawn(),
        |commands, root, _| commands.entity(root).try_despawn(),
        |commands, root, _| commands.entity(root).despawn_children().despawn(),
        |commands, _, _| commands.despawn_all::<With<Body>>(),
        |commands, root, _| commands.queue(move |world: &mut World| assert!(world.delete(root).is_ok())),
        |commands, root, _| commands.queue(move |world: &mut World| assert!(world.despawn(root))),
        |commands, root, child| {
            commands.entity(root).remove::<Body>();
            commands.entity(child).remove::<Body>();
        },
    ];

    /// The path by which the next root with a child is deleted.
    #[derive(Resource)]
    struct Path(fn(&mut Commands, Entity, Entity));

    fn delete(roots: Query<(Entity, &Children), With<Body>>, path: Option<Res<Path>>, mut commands: Commands) {
        if let (Some((root, children)), Some(path)) = (roots.iter().next(), path) {
            path.0(&mut commands, root, children[0]);
        }
    }

    fn check(schedule: impl ScheduleLabel + Clone) {
        // 4 milliseconds: some frames have no step. 25 milliseconds: some frames have several.
        for milliseconds in [4, 25] {
            let mut app = app();
            app.add_systems(schedule.clone(), delete.before(PhysicsSystems));
            for (number, path) in PATHS.into_iter().enumerate() {
                let root = spawn_body(app.world_mut());
                let child = spawn_body(app.world_mut());
                app.world_mut().entity_mut(root).add_child(child);
                app.insert_resource(Path(path));
                for _ in 0..8 {
                    run_frame(&mut app, milliseconds);
                }
                assert_eq!(bodies(&app), 0, "path {number} in {schedule:?}");
            }
            assert!(steps(&app) >= 3 * PATHS.len() as u32);
        }
    }

    check(First);
    check(PreUpdate);
    check(FixedFirst);
    check(FixedPreUpdate);
    check(FixedUpdate);
    check(FixedPostUpdate);
    check(FixedCleanup);
    check(FixedLast);
    check(Update);
    check(PostUpdate);
    check(Cleanup);
    check(Last);
}

#[test]
fn a_body_that_removed_components_misses_is_freed() {
    /// The number of removals that a system in the fixed step has read.
    #[derive(Resource, Default)]
    struct Removed(usize);

    let mut app = app();
    app.init_resource::<Removed>().add_systems(
        FixedUpdate,
        |mut removals: RemovedComponents<Body>, mut removed: ResMut<Removed>| removed.0 += removals.read().count(),
    );
    let body = spawn_body(app.world_mut());
    app.add_systems(Update, move |mut commands: Commands| {
        commands.entity(body).try_despawn();
    });
    for _ in 0..3 {
        run_frame(&mut app, 3);
        assert_eq!((steps(&app), bodies(&app)), (0, 1));
    }
    run_frame(&mut app, 3);
    assert_eq!((steps(&app), bodies(&app)), (1, 0));
    assert_eq!(
        app.world().resource::<Removed>().0,
        0,
        "the removal was dropped two frames earlier"
    );
}

#[test]
fn the_first_step_after_a_pause_simulates_no_body_that_was_deleted_during_the_pause() {
    let mut app = app();
    for _ in 0..50 {
        spawn_body(app.world_mut());
    }
    virtual_time(&mut app).pause();
    for _ in 0..40 {
        let world = app.world_mut();
        let body = world.query_filtered::<Entity, With<Body>>().iter(world).next().unwrap();
        world.despawn(body);
        run_frame(&mut app, 16);
    }
    assert_eq!((steps(&app), bodies(&app)), (0, 50));
    virtual_time(&mut app).unpause();
    run_frame(&mut app, 10);
    assert_eq!((steps(&app), bodies(&app)), (1, 10));
}

#[test]
fn a_replaced_body_is_freed_and_the_new_one_is_simulated() {
    let mut app = app();
    let entity = spawn_body(app.world_mut());
    let old = app.world().get::<Body>(entity).unwrap().0;
    let new = add_body(app.world_mut());
    app.world_mut().entity_mut(entity).insert(new.clone());
    run_frame(&mut app, 10);
    let physics = app.world().resource::<Physics>();
    assert!(!physics.world.bodies.contains(old));
    assert!(physics.world.bodies[new.0].linvel().y < 0.0, "it falls");
}

#[test]
fn a_new_body_that_reuses_the_slot_of_a_deleted_one_is_not_freed() {
    let mut app = app();
    for frame in 0..200_u32 {
        for _ in 0..5 {
            spawn_body(app.world_mut());
        }
        let world = app.world_mut();
        let mut entities: Vec<Entity> = world.query_filtered::<Entity, With<Body>>().iter(world).collect();
        entities.sort_unstable();
        for (index, entity) in (0_u32..).zip(entities) {
            match (frame * 31 + index * 17) % 7 {
                0 => _ = world.delete(entity).unwrap(),
                1 => assert!(world.despawn(entity)),
                _ => (),
            }
        }
        run_frame(&mut app, u64::from(frame % 23));
    }
    assert!(steps(&app) > 100);
}

#[test]
fn the_joints_of_a_deleted_body_are_removed_with_it() {
    let mut app = app();
    let [first, second] = [(); 2].map(|()| spawn_body(app.world_mut()));
    let handle = |entity| app.world().get::<Body>(entity).unwrap().0;
    let (body1, body2) = (handle(first), handle(second));
    let mut physics = app.world_mut().resource_mut::<Physics>();
    physics
        .world
        .insert_impulse_joint(body1, body2, FixedJointBuilder::new());
    app.world_mut().delete(first).unwrap();
    run_frame(&mut app, 10);
    let physics = app.world().resource::<Physics>();
    assert_eq!(physics.world.impulse_joints.len(), 0);
    assert!(physics.world.bodies.contains(body2));
}

#[test]
fn the_first_step_after_a_state_simulates_no_body_of_that_state() {
    #[derive(States, Clone, PartialEq, Eq, Hash, Debug)]
    enum Screen {
        Level,
        Menu,
    }

    let mut app = app();
    app.add_plugins(StatesPlugin).insert_state(Screen::Level);
    run_frame(&mut app, 0);
    for _ in 0..10 {
        let root = spawn_body(app.world_mut());
        let child = spawn_body(app.world_mut());
        let mut root = app.world_mut().entity_mut(root);
        root.insert(DespawnOnExit(Screen::Level)).add_child(child);
    }
    spawn_body(app.world_mut());
    run_frame(&mut app, 10);
    assert_eq!((steps(&app), bodies(&app)), (1, 21));

    app.world_mut().resource_mut::<NextState<Screen>>().set(Screen::Menu);
    run_frame(&mut app, 10);
    assert_eq!((steps(&app), bodies(&app)), (2, 1));
    let time = app.world().resource::<Time<Fixed>>();
    assert_eq!(time.elapsed(), Duration::from_millis(20));
}
