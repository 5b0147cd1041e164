//! `plan_delete`: the entities that a delete would despawn.

use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{Name, ServesOn, published, world_tracking_names};

#[test]
fn a_plan_has_the_entities_of_the_delete_in_the_same_order() {
    let mut world = world_tracking_names();
    let ship = world
        .spawn((
            Name("ship"),
            children![(Name("deck"), children![Name("gun"), Name("gun")])],
        ))
        .id();
    world.spawn((Name("mate"), ServesOn(ship)));
    let plan = world.plan_delete(ship).unwrap();
    assert_eq!(plan.entities().len(), 5);
    assert_eq!(plan.entities().last(), Some(&ship));
    assert!(plan.protected().is_empty());

    world.delete(ship).unwrap();
    let published: Vec<_> = published::<Name>(&mut world)
        .into_iter()
        .map(|deleted| deleted.entity)
        .collect();
    assert_eq!(published, plan.entities());
}

#[test]
fn planning_changes_nothing() {
    let mut world = world_tracking_names();
    let root = world.spawn((Name("root"), children![(Name("child"), Protected)])).id();
    let before = world.entities().count_spawned();
    world.clear_trackers();
    let plan = (&world as &World).plan_delete(root).unwrap();
    assert_eq!(plan.entities().len(), 2);
    assert_eq!(plan.protected().len(), 1);
    assert_eq!(world.entities().count_spawned(), before);
    assert!(published::<Name>(&mut world).is_empty());
    assert_eq!(world.query_filtered::<(), Changed<Children>>().iter(&world).count(), 0);
}

#[test]
fn planning_fails_for_a_despawned_entity() {
    let mut world = World::new();
    let entity = world.spawn_empty().id();
    assert_eq!(world.plan_delete(entity).unwrap().entities(), [entity]);
    world.despawn(entity);
    assert_eq!(world.plan_delete(entity), Err(DeleteError::NotSpawned));
}
