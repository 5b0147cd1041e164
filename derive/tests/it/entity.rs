//! Fields that contain the entity itself.

use bevy_ecs::{message::Messages, prelude::*};
use bevy_post_delete::prelude::*;

use crate::support::{Enemy, Mesh, capture};

#[test]
fn an_entity_field_is_the_id_of_the_entity() {
    #[derive(Snapshot)]
    struct DeadEnemy {
        _enemy: Enemy,
        #[snapshot(entity)]
        id: Entity,
    }

    let mut world = World::new();
    world.track_deletes::<DeadEnemy>();
    let first = world.spawn(Enemy { gold: 1 }).id();
    let second = world.spawn(Enemy { gold: 2 }).id();
    world.despawn(first);
    world.despawn(second);
    world.publish_deletes();

    let messages = world.resource::<Messages<PostDelete<DeadEnemy>>>();
    let ids: Vec<_> = messages
        .iter_current_update_messages()
        .map(|message| message.snapshot.id)
        .collect();
    assert_eq!(ids, [first, second]);
}

#[test]
fn an_entity_field_can_be_combined_with_a_taken_field() {
    #[derive(Snapshot)]
    struct Remains(#[snapshot(take)] Mesh, #[snapshot(entity)] Entity);

    let mut world = World::new();
    let entity = world.spawn(Mesh(vec![1])).id();
    let Remains(mesh, id) = capture(&mut world, entity).unwrap();
    assert_eq!((mesh, id), (Mesh(vec![1]), entity));
}

#[test]
fn the_type_of_an_entity_field_may_be_an_alias() {
    type Id = Entity;

    #[derive(Snapshot)]
    #[snapshot(component = Enemy)]
    struct OnlyTheId(#[snapshot(entity)] Id);

    let mut world = World::new();
    let entity = world.spawn(Enemy { gold: 1 }).id();
    assert_eq!(capture::<OnlyTheId>(&mut world, entity).unwrap().0, entity);
}
