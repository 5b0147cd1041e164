//! Guarantee 2: each deleted entity is published once per snapshot type, and never for an alive entity or a stale id.

use bevy_ecs::{lifecycle::HookContext, prelude::*, world::DeferredWorld};
use bevy_post_delete::prelude::*;

use crate::support::{Name, Number, catch_panic, published, published_names, world_tracking_names};

#[test]
fn an_entity_deleted_several_times_in_one_flush_is_published_once() {
    let mut world = world_tracking_names();
    let entity = world.spawn(Name("one")).id();
    world.commands().entity(entity).delete();
    world.commands().entity(entity).try_delete();
    world.commands().entity(entity).despawn();
    world.commands().delete_batch([entity, entity]);
    world.commands().delete_all::<With<Name>>();
    world.flush();
    assert_eq!(published_names(&mut world), ["one"]);
}

#[test]
fn a_child_deleted_directly_and_with_its_parent_is_published_once() {
    let mut world = world_tracking_names();
    let parent = world.spawn((Name("parent"), children![Name("child")])).id();
    let child = world.get::<Children>(parent).unwrap()[0];
    world.commands().entity(parent).delete();
    world.commands().entity(child).try_delete();
    world.flush();
    assert_eq!(published_names(&mut world), ["child", "parent"]);
}

#[test]
fn repeated_publishes_do_not_repeat_a_message() {
    let mut world = world_tracking_names();
    let entity = world.spawn(Name("one")).id();
    world.delete(entity).unwrap();
    for _ in 0..3 {
        world.publish_deletes();
    }
    assert_eq!(published_names(&mut world), ["one"]);
}

#[test]
fn each_snapshot_type_of_an_entity_is_published_once() {
    let mut world = world_tracking_names();
    world.track_deletes::<Number>();
    let both = world.spawn((Name("both"), Number(1))).id();
    let entity = world.spawn(Number(2)).id();
    world.delete(both).unwrap();
    world.despawn(entity);
    world.publish_deletes();
    assert_eq!(published_names(&mut world), ["both"]);
    let numbers: Vec<_> = published::<Number>(&mut world)
        .into_iter()
        .map(|deleted| (deleted.entity, deleted.snapshot.0))
        .collect();
    assert_eq!(numbers, [(both, 1), (entity, 2)]);
}

#[test]
fn replacing_or_removing_a_component_is_not_published() {
    let mut world = world_tracking_names();
    let entity = world.spawn(Name("one")).id();
    world.entity_mut(entity).insert(Name("two"));
    world.entity_mut(entity).remove::<Name>();
    assert!(published_names(&mut world).is_empty());
    world.delete(entity).unwrap();
    assert!(
        published_names(&mut world).is_empty(),
        "the entity no longer has a name"
    );
}

#[test]
fn deleting_a_stale_id_does_not_affect_the_entity_with_the_same_index() {
    let mut world = world_tracking_names();
    let first = world.spawn(Name("first")).id();
    let next = world.despawn_no_free(first).unwrap();
    let second = world.spawn_at(next, Name("second")).unwrap().id();
    assert_eq!(first.index(), second.index(), "the index is reused");

    assert_eq!(world.delete(first), Err(DeleteError::NotSpawned));
    world.commands().entity(first).try_delete();
    world.commands().delete_batch([first]);
    world.flush();

    assert!(world.get_entity(second).is_ok());
    let messages = published::<Name>(&mut world);
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].entity, first);
}

#[test]
fn entities_with_the_same_index_are_published_separately() {
    let mut world = world_tracking_names();
    let mut entity = world.spawn(Name("one")).id();
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(entity);
        let next = world.despawn_no_free(entity).unwrap();
        entity = world.spawn_at(next, Name("one")).unwrap().id();
    }
    ids.push(entity);
    world.delete(entity).unwrap();
    let published: Vec<_> = published::<Name>(&mut world)
        .into_iter()
        .map(|deleted| deleted.entity)
        .collect();
    assert_eq!(published, ids);
}

#[test]
fn a_despawn_that_panicked_and_is_repeated_is_published_once() {
    #[derive(Resource)]
    struct IsArmed(bool);

    #[derive(Component)]
    #[component(on_remove = explode)]
    struct Bomb;

    fn explode(world: DeferredWorld, _: HookContext) {
        assert!(!world.resource::<IsArmed>().0, "on purpose");
    }

    // Without and with another capture between the two despawns.
    for between in [None, Some("between")] {
        let mut world = world_tracking_names();
        world.insert_resource(IsArmed(true));
        let bomb = world.spawn((Name("bomb"), Bomb)).id();
        catch_panic(|| {
            world.despawn(bomb);
        });
        if let Some(name) = between {
            let other = world.spawn(Name(name)).id();
            world.delete(other).unwrap();
        }
        world.resource_mut::<IsArmed>().0 = false;
        world.despawn(bomb);
        let expected: Vec<_> = between.into_iter().chain(["bomb"]).collect();
        assert_eq!(published_names(&mut world), expected);
    }
}

#[test]
fn ids_that_are_not_spawned_delete_nothing() {
    let mut world = world_tracking_names();
    let despawned = world.spawn(Name("despawned")).id();
    world.despawn(despawned);
    assert_eq!(published_names(&mut world), ["despawned"]);
    for invalid in [despawned, Entity::PLACEHOLDER] {
        assert_eq!(world.delete(invalid), Err(DeleteError::NotSpawned));
        assert!(world.plan_delete(invalid).is_err());
        assert_eq!(world.delete_batch([invalid, invalid]).entity_count(), 0);
        world.commands().entity(invalid).try_delete();
        world.commands().entity(invalid).delete();
        world.commands().entity(invalid).delete_children();
        world.flush();
    }
    assert!(published_names(&mut world).is_empty());
}

#[test]
fn entities_with_queued_spawns_are_spawned_and_deleted() {
    let mut world = world_tracking_names();
    let spawned_by_command = world.commands().spawn(Name("by command")).id();
    world.delete(spawned_by_command).unwrap();
    let spawned_and_deleted_by_command = world.commands().spawn(Name("by commands")).id();
    world.commands().entity(spawned_and_deleted_by_command).delete();
    world.flush();
    assert_eq!(published_names(&mut world), ["by command", "by commands"]);
}
