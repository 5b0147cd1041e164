//! Guarantee 1: when a system or observer receives `PostDelete`, the entity and its descendants are despawned, and all
//! hooks and observers of the despawn have run.

use bevy_app::prelude::*;
use bevy_ecs::{entity::Entities, lifecycle::HookContext, prelude::*, world::DeferredWorld};
use bevy_post_delete::prelude::*;

use crate::support::{Name, app_tracking_names, catch_panic, panic_on_purpose, published_names, world_tracking_names};

#[derive(Resource, Default)]
struct MessageCount(usize);

#[derive(Component)]
struct Family(Vec<Entity>);

/// The ids of an entity and all its descendants.
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

fn assert_family_despawned(deleted: &PostDelete<DeadFamily>, entities: &Entities) {
    assert_eq!(deleted.snapshot.0.len(), 3);
    for member in &deleted.snapshot.0 {
        assert!(!entities.contains_spawned(*member), "{member} is still spawned");
    }
}

fn family_app() -> App {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<DeadFamily>::default())
        .init_resource::<MessageCount>();
    app.add_observer(
        |on: On<PostDelete<DeadFamily>>, entities: &Entities, mut count: ResMut<MessageCount>| {
            assert_family_despawned(&on, entities);
            count.0 += 1;
        },
    );
    app.add_systems(
        Cleanup,
        |mut deleted: MessageReader<PostDelete<DeadFamily>>, entities: &Entities, mut count: ResMut<MessageCount>| {
            for deleted in deleted.read() {
                assert_family_despawned(deleted, entities);
                count.0 += 1;
            }
        },
    );
    app
}

#[test]
fn observers_and_systems_run_after_a_deleted_hierarchy_is_despawned() {
    let mut app = family_app();
    let root = spawn_family(app.world_mut());
    app.world_mut().commands().entity(root).delete();
    app.update();
    assert_eq!(app.world().resource::<MessageCount>().0, 2);
}

#[test]
fn observers_and_systems_run_after_a_despawned_hierarchy_is_despawned() {
    let mut app = family_app();
    let root = spawn_family(app.world_mut());
    app.world_mut().commands().entity(root).despawn();
    app.update();
    assert_eq!(app.world().resource::<MessageCount>().0, 2);
}

#[test]
fn a_message_is_published_after_all_hooks_and_observers_of_the_despawn_have_run() {
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
        let mut app = app_tracking_names();
        app.init_resource::<Ran>();
        app.add_observer(|_: On<Despawn<Hooked>>, mut ran: ResMut<Ran>| ran.0.push("despawn observer"));
        app.add_observer(|_: On<Discard<Hooked>>, mut ran: ResMut<Ran>| ran.0.push("discard observer"));
        app.add_observer(|_: On<Remove<Hooked>>, mut ran: ResMut<Ran>| ran.0.push("remove observer"));
        app.add_observer(|_: On<PostDelete<Name>>, mut ran: ResMut<Ran>| ran.0.push("post delete observer"));

        let entity = app.world_mut().spawn((Name("one"), Hooked)).id();
        if delete {
            app.world_mut().delete(entity).unwrap();
        } else {
            app.world_mut().despawn(entity);
        }
        app.update();

        let mut ran = std::mem::take(&mut app.world_mut().resource_mut::<Ran>().0);
        assert_eq!(
            ran.pop(),
            Some("post delete observer"),
            "published before the despawn was complete"
        );
        assert_eq!(ran.len(), 6, "{ran:?}");
    }
}

#[test]
fn nothing_is_published_before_publish_deletes_runs() {
    let mut world = world_tracking_names();
    world.init_resource::<MessageCount>();
    world.add_observer(|_: On<PostDelete<Name>>, mut count: ResMut<MessageCount>| count.0 += 1);
    let entity = world.spawn(Name("one")).id();
    world.delete(entity).unwrap();
    assert_eq!(world.resource::<MessageCount>().0, 0);
    assert_eq!(published_names(&mut world), ["one"]);
    assert_eq!(world.resource::<MessageCount>().0, 1);
}

#[test]
fn a_publish_during_a_delete_is_deferred_until_the_delete_is_complete() {
    let mut world = world_tracking_names();
    world.init_resource::<MessageCount>();
    world.add_observer(|_: On<PostDelete<Name>>, mut count: ResMut<MessageCount>| count.0 += 1);
    // Publishes when the child is despawned, while the root is still alive.
    world.add_observer(|on: On<Despawn<Name>>, names: Query<&Name>, mut commands: Commands| {
        if names.get(on.entity).unwrap().0 == "child" {
            commands.queue(|world: &mut World| {
                world.publish_deletes();
                assert_eq!(world.resource::<MessageCount>().0, 0);
            });
        }
    });
    let root = world.spawn((Name("root"), children![Name("child")])).id();
    world.delete(root).unwrap();
    assert_eq!(published_names(&mut world), ["child", "root"]);
}

#[test]
fn an_entity_whose_despawn_panics_is_not_published() {
    #[derive(Component)]
    #[component(on_remove = panic_on_purpose)]
    struct PanicsOnRemove;

    for delete in [true, false] {
        let mut world = world_tracking_names();
        let survivor = world.spawn((Name("survivor"), PanicsOnRemove)).id();
        catch_panic(|| {
            if delete {
                let _ = world.delete(survivor);
            } else {
                world.despawn(survivor);
            }
        });
        assert!(world.get_entity(survivor).is_ok(), "Bevy leaves the entity alive");
        assert!(published_names(&mut world).is_empty(), "the entity is still alive");
    }
}
