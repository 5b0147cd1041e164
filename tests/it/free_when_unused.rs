//! Guarantee 10: where nothing is tracked, a delete is a despawn.

use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{Crew, Name, ServesOn};

/// Everything there is in a world: how many entities and how many components are known.
fn contents(world: &World) -> (u32, usize) {
    (world.entities().count_spawned(), world.components().len())
}

#[test]
fn every_delete_works_and_leaves_nothing_behind() {
    let mut world = World::new();
    let mut despawned = World::new();
    for world in [&mut world, &mut despawned] {
        // Whatever registers components does so beforehand.
        let entity = world.spawn((Name("one"), children![Name("child")])).id();
        world.spawn(ServesOn(entity));
        world.despawn(entity);
        let mut queries = world.query_filtered::<Entity, (With<Name>, Without<Observer>)>();
        assert_eq!(queries.iter(world).count(), 0);
        world.register_component::<bevy_ecs::system::SystemIdMarker>();
    }
    let before = contents(&world);
    assert_eq!(before, contents(&despawned));

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
        contents(&world),
        before,
        "no resource and no component came to the world"
    );
}

#[test]
fn errors_are_the_same() {
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
fn a_tracked_type_takes_nothing_from_a_spawn() {
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
