//! Deleting what is related to an entity.

use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{Crew, Fans, Likes, Logged, Name, ServesOn, published_names, world_of_names};

#[test]
fn the_related_go_and_the_entity_stays() {
    let mut world = world_of_names();
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
fn by_a_relation_that_is_not_linked_too() {
    let mut world = world_of_names();
    let star = world.spawn(Name("star")).id();
    world.spawn((Name("fan"), Likes(star)));
    world.commands().entity(star).delete_related::<Fans>();
    world.flush();
    assert_eq!(published_names(&mut world), ["fan"]);
    assert!(world.get_entity(star).is_ok());
}

#[test]
fn an_entity_without_relations_and_one_that_is_gone() {
    let logged = Logged::begin();
    let mut world = world_of_names();
    let alone = world.spawn(Name("alone")).id();
    world.commands().entity(alone).delete_children();
    world
        .commands()
        .entity(alone)
        .delete_related::<Crew>()
        .delete_children();
    world.flush();
    assert!(published_names(&mut world).is_empty());
    assert!(logged.warnings().is_empty());
    world.despawn(alone);
    world.commands().entity(alone).delete_children();
    world.flush();
    assert_eq!(logged.warnings().len(), 1);
}

#[test]
fn commands_can_go_on_after_it() {
    let mut world = world_of_names();
    let parent = world.spawn(children![Name("child")]).id();
    world.commands().entity(parent).delete_children().insert(Name("parent"));
    world.flush();
    assert_eq!(world.get::<Name>(parent), Some(&Name("parent")));
    assert_eq!(published_names(&mut world), ["child"]);
}
