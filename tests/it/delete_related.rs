//! `delete_related` and `delete_children`.

use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{CapturedLog, Crew, Fans, Likes, Name, ServesOn, published_names, world_tracking_names};

#[test]
fn related_entities_are_deleted_and_the_target_survives() {
    let mut world = world_tracking_names();
    let ship = world.spawn((Name("ship"), children![Name("deck")])).id();
    for name in ["first", "second"] {
        world.spawn((Name(name), ServesOn(ship), children![Name("parrot")]));
    }
    world.commands().entity(ship).delete_related::<Crew>();
    world.flush();
    assert_eq!(published_names(&mut world), ["parrot", "second", "parrot", "first"]);
    assert!(world.get::<Crew>(ship).is_none());
    world.commands().entity(ship).delete_children();
    world.flush();
    assert_eq!(published_names(&mut world), ["deck"]);
    assert!(world.get::<Children>(ship).is_none());
    assert!(world.get_entity(ship).is_ok());
}

#[test]
fn sources_of_an_unlinked_relationship_are_deleted() {
    let mut world = world_tracking_names();
    let star = world.spawn(Name("star")).id();
    world.spawn((Name("fan"), Likes(star)));
    world.commands().entity(star).delete_related::<Fans>();
    world.flush();
    assert_eq!(published_names(&mut world), ["fan"]);
    assert!(world.get_entity(star).is_ok());
}

#[test]
fn an_unrelated_entity_is_ignored_and_a_despawned_one_logs_a_warning() {
    let logged = CapturedLog::start();
    let mut world = world_tracking_names();
    let unrelated = world.spawn(Name("unrelated")).id();
    world.commands().entity(unrelated).delete_children();
    world
        .commands()
        .entity(unrelated)
        .delete_related::<Crew>()
        .delete_children();
    world.flush();
    assert!(published_names(&mut world).is_empty());
    assert!(logged.warnings().is_empty());
    world.despawn(unrelated);
    world.commands().entity(unrelated).delete_children();
    world.flush();
    assert_eq!(logged.warnings().len(), 1);
}

#[test]
fn further_commands_can_be_chained() {
    let mut world = world_tracking_names();
    let parent = world.spawn(children![Name("child")]).id();
    world.commands().entity(parent).delete_children().insert(Name("parent"));
    world.flush();
    assert_eq!(world.get::<Name>(parent), Some(&Name("parent")));
    assert_eq!(published_names(&mut world), ["child"]);
}

#[test]
fn a_child_that_a_queued_command_adds_is_deleted_too() {
    let mut world = world_tracking_names();
    let parent = world.spawn_empty().id();
    world.commands().spawn((Name("queued"), ChildOf(parent)));
    assert_eq!(world.entity_mut(parent).delete_children().entity_count(), 1);
    assert_eq!(published_names(&mut world), ["queued"]);
}

#[test]
fn nothing_is_deleted_if_a_queued_command_despawns_the_entity() {
    let mut world = world_tracking_names();
    let parent = world.spawn(children![Name("child")]).id();
    world.commands().entity(parent).despawn();
    assert_eq!(world.entity_mut(parent).delete_children().entity_count(), 0);
    assert_eq!(published_names(&mut world), ["child"]);
}
