//! Guarantee 8: a world stays usable after a panicking clone, and after code removed or replaced this crate's
//! resources.

use std::sync::atomic::{AtomicUsize, Ordering};

use bevy_ecs::{component::ComponentId, message::Messages, prelude::*};
use bevy_post_delete::prelude::*;

use crate::support::{Alive, Name, catch_panic, published_names, world_tracking_names};

/// A counted component whose clone panics if `panics` is set.
#[derive(Component)]
struct Fragile {
    number: usize,
    panics: bool,
    alive: Alive<'static>,
}

impl Clone for Fragile {
    fn clone(&self) -> Self {
        assert!(!self.panics, "on purpose");
        let (number, alive) = (self.number, self.alive.clone());
        Self {
            number,
            panics: false,
            alive,
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Method {
    Delete,
    Despawn,
    DeleteAll,
    DeleteBatch,
}

const SIZE: usize = 6;

/// Spawns a hierarchy in which the clone of one entity panics. Returns all entities, the root first.
fn spawn_hierarchy(world: &mut World, panicking: usize, count: &'static AtomicUsize) -> Vec<Entity> {
    let fragile = |number| Fragile {
        number,
        panics: number == panicking,
        alive: Alive::new(count),
    };
    let root = world.spawn(fragile(0)).id();
    let mut entities = vec![root];
    for number in 1..SIZE {
        let parent = entities[(number - 1) / 2];
        entities.push(world.spawn((fragile(number), ChildOf(parent))).id());
    }
    entities
}

#[test]
fn a_panicking_clone_loses_and_leaks_nothing() {
    static COUNT: AtomicUsize = AtomicUsize::new(0);

    for method in [Method::Delete, Method::Despawn, Method::DeleteAll, Method::DeleteBatch] {
        for panicking in 0..SIZE {
            for is_observed in [false, true] {
                let case = format!("{method:?}, entity {panicking} panics, observed: {is_observed}");
                let mut world = world_tracking_names();
                world.track_deletes::<Fragile>();
                if is_observed {
                    world.add_observer(|_: On<Remove<Fragile>>| {});
                }
                let entities = spawn_hierarchy(&mut world, panicking, &COUNT);
                catch_panic(|| match method {
                    Method::Delete => drop(world.delete(entities[0])),
                    Method::Despawn => drop(world.despawn(entities[0])),
                    Method::DeleteAll => drop(world.delete_all::<With<Fragile>>()),
                    Method::DeleteBatch => drop(world.delete_batch(entities.iter().rev().copied())),
                });
                // The active deletion was closed, so a later despawn is not attributed to it.
                let bystander = world.spawn(Name("bystander")).id();
                world.despawn(bystander);
                world.publish_deletes();
                let mut messages = world.resource_mut::<Messages<PostDelete<Name>>>();
                let origins: Vec<_> = messages.drain().map(|deleted| deleted.origin.kind).collect();
                assert_eq!(origins, [DeleteKind::Despawn], "{case}");

                // Exactly the despawned entities were published, once each.
                let mut messages = world.resource_mut::<Messages<PostDelete<Fragile>>>();
                let mut published: Vec<usize> = messages.drain().map(|deleted| deleted.snapshot.number).collect();
                published.sort_unstable();
                let is_despawned = |number: &usize| world.get_entity(entities[*number]).is_err();
                let despawned: Vec<usize> = (0..SIZE).filter(is_despawned).collect();
                assert_eq!(published, despawned, "{case}");
                assert!(world.get_entity(entities[panicking]).is_ok(), "{case}");

                // The other entities can be deleted when no clone panics, and are published.
                if let Some(mut fragile) = world.get_mut::<Fragile>(entities[panicking]) {
                    fragile.panics = false;
                }
                world.delete_all::<With<Fragile>>();
                world.publish_deletes();
                let mut messages = world.resource_mut::<Messages<PostDelete<Fragile>>>();
                assert_eq!(messages.drain().count() + despawned.len(), SIZE, "{case}");
                drop(world);
                assert_eq!(COUNT.load(Ordering::Relaxed), 0, "{case}: a value leaked");
            }
        }
    }
}

/// Returns the resources that tracking a type adds to a world.
fn tracking_resources() -> Vec<ComponentId> {
    let mut world = World::new();
    let before: Vec<ComponentId> = world.resource_entities().iter().map(|(id, _)| id).collect();
    world.track_deletes::<Name>();
    let after = world.resource_entities().iter().map(|(id, _)| id);
    after.filter(|id| !before.contains(id)).collect()
}

#[test]
fn deletes_work_without_any_of_the_crates_resources() {
    let resources = tracking_resources();
    assert!(resources.len() >= 3);
    for removed in resources {
        // This world registers its components in the same order, so the resource has the same id.
        let mut world = world_tracking_names();
        let world = &mut world;
        assert!(world.resource_entities().get(removed).is_some());
        world.remove_resource_by_id(removed);

        // Deletes and despawns still work, even if they are not published.
        let root = world.spawn((Name("root"), children![Name("child")])).id();
        assert_eq!(world.delete(root).unwrap().entity_count(), 2, "without {removed:?}");
        world.spawn(Name("despawned")).despawn();
        world.spawn(Name("one of all"));
        assert_eq!(
            world.delete_all::<With<Name>>().entity_count(),
            1,
            "without {removed:?}"
        );
        world.publish_deletes();

        // Tracking the type again restores the resource.
        world.untrack_deletes::<Name>();
        world.track_deletes::<Name>();
        let root = world.spawn((Name("root"), children![Name("child")])).id();
        world.delete(root).unwrap();
        assert_eq!(published_names(world), ["child", "root"], "without {removed:?}");
    }
}

#[test]
fn users_may_drain_or_replace_the_messages_resource() {
    let mut world = world_tracking_names();
    world.spawn(Name("drained")).delete().unwrap();
    assert_eq!(published_names(&mut world), ["drained"]);

    world.spawn(Name("before")).delete().unwrap();
    world.insert_resource(Messages::<PostDelete<Name>>::default());
    world.spawn(Name("after")).delete().unwrap();
    assert_eq!(
        published_names(&mut world),
        ["before", "after"],
        "pending messages are not in the resource yet"
    );

    world.spawn(Name("published")).delete().unwrap();
    world.publish_deletes();
    world.insert_resource(Messages::<PostDelete<Name>>::default());
    world.spawn(Name("last")).delete().unwrap();
    assert_eq!(
        published_names(&mut world),
        ["last"],
        "published messages are dropped with the resource"
    );
}
