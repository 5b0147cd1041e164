//! Guarantee 10: without a tracked type, a delete is a despawn, and tracking does not affect spawns.

use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{Crew, Name, ServesOn};

/// Returns the number of spawned entities and of registered components.
fn entity_and_component_count(world: &World) -> (u32, usize) {
    (world.entities().count_spawned(), world.components().len())
}

#[test]
fn deletes_without_tracked_types_add_no_entity_and_no_component() {
    let mut world = World::new();
    let mut despawned = World::new();
    for world in [&mut world, &mut despawned] {
        // Registers the components that the calls below use.
        let entity = world.spawn((Name("one"), children![Name("child")])).id();
        world.spawn(ServesOn(entity));
        world.despawn(entity);
        let mut queries = world.query_filtered::<Entity, (With<Name>, Without<Observer>)>();
        assert_eq!(queries.iter(world).count(), 0);
        world.register_component::<bevy_ecs::system::SystemIdMarker>();
    }
    let before = entity_and_component_count(&world);
    assert_eq!(before, entity_and_component_count(&despawned));

    let report = world.spawn(Name("one")).delete().unwrap();
    assert_eq!((report.entity_count(), report.message_count()), (1, 0));
    let entity = world
        .spawn((
            Name("one"),
            children![Name("child"), (Name("other"), children![Name("third")])],
        ))
        .id();
    assert_eq!(world.delete(entity).unwrap().entity_count(), 4);
    let ship = world.spawn(Name("ship")).id();
    world.spawn((Name("mate"), ServesOn(ship)));
    world.commands().entity(ship).delete_related::<Crew>();
    world.commands().entity(ship).delete();
    world.spawn_batch([Name("a"), Name("b")]);
    world.commands().delete_all::<With<Name>>();
    world.flush();
    world.spawn_batch([Name("a"), Name("b")]);
    assert_eq!(world.delete_all::<With<Name>>().entity_count(), 2);
    assert_eq!(world.delete_batch([]).entity_count(), 0);
    world.publish_deletes();

    assert_eq!(
        entity_and_component_count(&world),
        before,
        "a resource or component was added"
    );
}

#[test]
fn errors_are_the_same_without_tracked_types() {
    let mut world = World::new();
    let entity = world.spawn_empty().id();
    world.delete(entity).unwrap();
    assert_eq!(world.delete(entity), Err(DeleteError::NotSpawned));
    let protected = world.spawn(Protected).id();
    assert!(matches!(world.delete(protected), Err(DeleteError::Protected { .. })));
    assert!(!world.is_tracking_deletes::<Name>());
    assert!(!world.untrack_deletes::<Name>());
}

#[test]
fn a_tracked_type_adds_no_hooks_or_observers_to_spawns() {
    let mut tracked = World::new();
    tracked.track_deletes::<Name>();
    let mut untracked = World::new();
    let archetypes = [&mut tracked, &mut untracked].map(|world| {
        let entity = world.spawn(Name("one"));
        let archetype = entity.archetype();
        (
            archetype.component_count(),
            archetype.has_add_hook(),
            archetype.has_insert_hook(),
            archetype.has_add_observer(),
            archetype.has_insert_observer(),
        )
    });
    assert_eq!(archetypes[0], archetypes[1]);
}
