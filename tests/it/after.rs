//! Guarantee 1: when somebody is told, the entity is gone, its descendants too, and its despawn is over.

use bevy_app::prelude::*;
use bevy_ecs::{entity::Entities, lifecycle::HookContext, prelude::*, world::DeferredWorld};
use bevy_post_delete::prelude::*;

use crate::support::{Name, app_of_names, catch_panic, panic_on_purpose, published_names, world_of_names};

#[derive(Resource, Default)]
struct Told(usize);

#[derive(Component)]
struct Family(Vec<Entity>);

/// A family remembered: the entity with all its descendants.
struct DeadFamily(Vec<Entity>);

impl Snapshot for DeadFamily {
    type Component = Family;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        Some(Self(entity.get::<Family>()?.0.clone()))
    }
}

fn spawn_family(world: &mut World) -> Entity {
    let root = world
        .spawn(children![(Name("child"), children![Name("grandchild")])])
        .id();
    let child = world.get::<Children>(root).unwrap()[0];
    let grandchild = world.get::<Children>(child).unwrap()[0];
    world.entity_mut(root).insert(Family(vec![root, child, grandchild]));
    root
}

fn assert_family_is_gone(deleted: &PostDelete<DeadFamily>, entities: &Entities) {
    assert_eq!(deleted.snapshot.0.len(), 3);
    for member in &deleted.snapshot.0 {
        assert!(!entities.contains_spawned(*member), "{member} is still there");
    }
}

fn family_app() -> App {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<DeadFamily>::default())
        .init_resource::<Told>();
    app.add_observer(
        |on: On<PostDelete<DeadFamily>>, entities: &Entities, mut told: ResMut<Told>| {
            assert_family_is_gone(&on, entities);
            told.0 += 1;
        },
    );
    app.add_systems(
        Cleanup,
        |mut deleted: MessageReader<PostDelete<DeadFamily>>, entities: &Entities, mut told: ResMut<Told>| {
            for deleted in deleted.read() {
                assert_family_is_gone(deleted, entities);
                told.0 += 1;
            }
        },
    );
    app
}

#[test]
fn a_deleted_family_is_gone_when_observers_and_systems_are_told() {
    let mut app = family_app();
    let root = spawn_family(app.world_mut());
    app.world_mut().commands().entity(root).delete();
    app.update();
    assert_eq!(app.world().resource::<Told>().0, 2);
}

#[test]
fn a_despawned_family_is_gone_when_observers_and_systems_are_told() {
    let mut app = family_app();
    let root = spawn_family(app.world_mut());
    app.world_mut().commands().entity(root).despawn();
    app.update();
    assert_eq!(app.world().resource::<Told>().0, 2);
}

#[test]
fn every_hook_and_observer_of_the_despawn_has_run() {
    #[derive(Resource, Default)]
    struct Ran(Vec<&'static str>);

    #[derive(Component)]
    #[component(on_despawn = on_despawn, on_discard = on_discard, on_remove = on_remove)]
    struct Hooked;

    fn on_despawn(mut world: DeferredWorld, _: HookContext) {
        world.resource_mut::<Ran>().0.push("despawn hook");
    }
    fn on_discard(mut world: DeferredWorld, _: HookContext) {
        world.resource_mut::<Ran>().0.push("discard hook");
    }
    fn on_remove(mut world: DeferredWorld, _: HookContext) {
        world.resource_mut::<Ran>().0.push("remove hook");
    }

    for delete in [true, false] {
        let mut app = app_of_names();
        app.init_resource::<Ran>();
        app.add_observer(|_: On<Despawn<Hooked>>, mut ran: ResMut<Ran>| ran.0.push("despawn observer"));
        app.add_observer(|_: On<Discard<Hooked>>, mut ran: ResMut<Ran>| ran.0.push("discard observer"));
        app.add_observer(|_: On<Remove<Hooked>>, mut ran: ResMut<Ran>| ran.0.push("remove observer"));
        app.add_observer(|_: On<PostDelete<Name>>, mut ran: ResMut<Ran>| ran.0.push("told"));

        let entity = app.world_mut().spawn((Name("one"), Hooked)).id();
        if delete {
            app.world_mut().delete(entity).unwrap();
        } else {
            app.world_mut().despawn(entity);
        }
        app.update();

        let mut ran = std::mem::take(&mut app.world_mut().resource_mut::<Ran>().0);
        assert_eq!(ran.pop(), Some("told"), "it was told before the despawn was over");
        assert_eq!(ran.len(), 6, "{ran:?}");
    }
}

#[test]
fn nothing_is_told_before_the_stage() {
    let mut world = world_of_names();
    world.init_resource::<Told>();
    world.add_observer(|_: On<PostDelete<Name>>, mut told: ResMut<Told>| told.0 += 1);
    let entity = world.spawn(Name("one")).id();
    world.delete(entity).unwrap();
    assert_eq!(world.resource::<Told>().0, 0);
    assert_eq!(published_names(&mut world), ["one"]);
    assert_eq!(world.resource::<Told>().0, 1);
}

#[test]
fn a_publish_in_the_middle_of_a_delete_waits_for_its_end() {
    let mut world = world_of_names();
    world.init_resource::<Told>();
    world.add_observer(|_: On<PostDelete<Name>>, mut told: ResMut<Told>| told.0 += 1);
    // The first to go asks for a publish, while the others are still there.
    world.add_observer(|on: On<Despawn<Name>>, names: Query<&Name>, mut commands: Commands| {
        if names.get(on.entity).unwrap().0 == "child" {
            commands.queue(|world: &mut World| {
                world.publish_deletes();
                assert_eq!(world.resource::<Told>().0, 0);
            });
        }
    });
    let root = world.spawn((Name("root"), children![Name("child")])).id();
    world.delete(root).unwrap();
    assert_eq!(published_names(&mut world), ["child", "root"]);
}

#[test]
fn an_entity_whose_despawn_a_panic_cut_short_is_not_told() {
    #[derive(Component)]
    #[component(on_remove = panic_on_purpose)]
    struct Stubborn;

    for delete in [true, false] {
        let mut world = world_of_names();
        let stubborn = world.spawn((Name("stubborn"), Stubborn)).id();
        catch_panic(|| {
            if delete {
                let _ = world.delete(stubborn);
            } else {
                world.despawn(stubborn);
            }
        });
        assert!(world.get_entity(stubborn).is_ok(), "Bevy leaves it alive");
        assert!(published_names(&mut world).is_empty(), "it lives");
    }
}
