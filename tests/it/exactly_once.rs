//! Guarantee 2: once for each entity and snapshot type that ends, never for what lives, never for a stale id.

use bevy_ecs::{lifecycle::HookContext, prelude::*, world::DeferredWorld};
use bevy_post_delete::prelude::*;

use crate::support::{Name, Number, catch_panic, published, published_names, world_of_names};

#[test]
fn deleted_twice_in_one_flush_is_told_once() {
    let mut world = world_of_names();
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
fn a_child_that_is_deleted_by_itself_and_with_its_parent_is_told_once() {
    let mut world = world_of_names();
    let parent = world.spawn((Name("parent"), children![Name("child")])).id();
    let child = world.get::<Children>(parent).unwrap()[0];
    world.commands().entity(parent).delete();
    world.commands().entity(child).try_delete();
    world.flush();
    assert_eq!(published_names(&mut world), ["child", "parent"]);
}

#[test]
fn it_is_published_once() {
    let mut world = world_of_names();
    let entity = world.spawn(Name("one")).id();
    world.delete(entity).unwrap();
    for _ in 0..3 {
        world.publish_deletes();
    }
    assert_eq!(published_names(&mut world), ["one"]);
}

#[test]
fn several_snapshot_types_are_told_once_each() {
    let mut world = world_of_names();
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
fn nothing_is_told_of_an_entity_that_loses_the_component_and_lives() {
    let mut world = world_of_names();
    let entity = world.spawn(Name("one")).id();
    world.entity_mut(entity).insert(Name("two"));
    world.entity_mut(entity).remove::<Name>();
    assert!(published_names(&mut world).is_empty());
    world.delete(entity).unwrap();
    assert!(published_names(&mut world).is_empty(), "it no longer had a name");
}

#[test]
fn a_stale_id_takes_nothing_from_whoever_has_the_index_now() {
    let mut world = world_of_names();
    let first = world.spawn(Name("first")).id();
    let next = world.despawn_no_free(first).unwrap();
    let second = world.spawn_at(next, Name("second")).unwrap().id();
    assert_eq!(first.index(), second.index(), "the index is in use again");

    assert_eq!(world.delete(first), Err(DeleteError::NotSpawned));
    world.commands().entity(first).try_delete();
    world.commands().delete_batch([first]);
    world.flush();

    assert!(world.get_entity(second).is_ok());
    let told = published::<Name>(&mut world);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].entity, first);
}

#[test]
fn the_same_index_can_be_told_many_times_in_one_frame() {
    let mut world = world_of_names();
    let mut entity = world.spawn(Name("one")).id();
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(entity);
        let next = world.despawn_no_free(entity).unwrap();
        entity = world.spawn_at(next, Name("one")).unwrap().id();
    }
    ids.push(entity);
    world.delete(entity).unwrap();
    let told: Vec<_> = published::<Name>(&mut world)
        .into_iter()
        .map(|deleted| deleted.entity)
        .collect();
    assert_eq!(told, ids);
}

#[test]
fn a_despawn_that_was_cut_short_and_done_again_is_told_once() {
    #[derive(Resource)]
    struct Fuse(bool);

    #[derive(Component)]
    #[component(on_remove = burn)]
    struct Fused;

    fn burn(world: DeferredWorld, _: HookContext) {
        assert!(!world.resource::<Fuse>().0, "on purpose");
    }

    // Whatever is captured between the two.
    for between in [None, Some("between")] {
        let mut world = world_of_names();
        world.insert_resource(Fuse(true));
        let fused = world.spawn((Name("fused"), Fused)).id();
        catch_panic(|| {
            world.despawn(fused);
        });
        if let Some(name) = between {
            let other = world.spawn(Name(name)).id();
            world.delete(other).unwrap();
        }
        world.resource_mut::<Fuse>().0 = false;
        world.despawn(fused);
        let expected: Vec<_> = between.into_iter().chain(["fused"]).collect();
        assert_eq!(published_names(&mut world), expected);
    }
}

#[test]
fn ids_of_nobody_delete_nothing() {
    let mut world = world_of_names();
    let gone = world.spawn(Name("gone")).id();
    world.despawn(gone);
    assert_eq!(published_names(&mut world), ["gone"]);
    for nobody in [gone, Entity::PLACEHOLDER] {
        assert_eq!(world.delete(nobody), Err(DeleteError::NotSpawned));
        assert!(world.plan_delete(nobody).is_err());
        assert_eq!(world.delete_batch([nobody, nobody]).entity_count(), 0);
        world.commands().entity(nobody).try_delete();
        world.commands().entity(nobody).delete();
        world.commands().entity(nobody).delete_children();
        world.flush();
    }
    assert!(published_names(&mut world).is_empty());
}

#[test]
fn what_is_still_to_be_spawned_is_spawned_and_deleted() {
    let mut world = world_of_names();
    let spawned_by_command = world.commands().spawn(Name("by command")).id();
    world.delete(spawned_by_command).unwrap();
    let spawned_and_deleted_by_command = world.commands().spawn(Name("by commands")).id();
    world.commands().entity(spawned_and_deleted_by_command).delete();
    world.flush();
    assert_eq!(published_names(&mut world), ["by command", "by commands"]);
}
