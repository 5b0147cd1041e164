//! Relations of every kind that Bevy knows, linked to their target.

use std::collections::BTreeSet;

use bevy_ecs::{
    entity::{EntityHashSet, EntityIndexSet},
    prelude::*,
};
use bevy_post_delete::prelude::*;
use smallvec::SmallVec;

use crate::support::{Name, Number, published_names, published_numbers, world_of_names};

macro_rules! relation {
    ($source:ident, $target:ident, $collection:ty $(, $option:ident)*) => {
        #[derive(Component)]
        #[relationship(relationship_target = $target $(, $option)*)]
        struct $source(Entity);

        #[derive(Component)]
        #[relationship_target(relationship = $source, linked_spawn)]
        struct $target($collection);
    };
}

relation!(InHashSet, HashSetOf, EntityHashSet);
relation!(InIndexSet, IndexSetOf, EntityIndexSet);
relation!(InTree, TreeOf, BTreeSet<Entity>);
relation!(InSmallVec, SmallVecOf, SmallVec<[Entity; 2]>);
relation!(Only, OnlyOf, Entity);
relation!(Loop, LoopOf, Vec<Entity>, allow_self_referential);

/// A world that tracks numbers, once as nobody else hears of their end and once as somebody does.
fn worlds() -> [World; 2] {
    [false, true].map(|watched| {
        let mut world = world_of_names();
        world.track_deletes::<Number>();
        if watched {
            world.add_observer(|_: On<Remove<Number>>| {});
            world.add_observer(|_: On<Remove<Name>>| {});
        }
        world
    })
}

/// Deletes one with what is linked to it, `length` deep.
fn delete_a_chain<R: Component>(link: fn(Entity) -> R, length: u32) {
    for mut world in worlds() {
        let root = world.spawn(Number(0)).id();
        let mut target = root;
        for number in 1..length {
            target = world.spawn((Number(number), link(target))).id();
        }
        assert_eq!(world.plan_delete(root).unwrap().entities().len(), length as usize);
        assert_eq!(world.delete(root).unwrap().entity_count(), length as usize);
        assert!(published_numbers(&mut world).into_iter().rev().eq(0..length));
    }
}

#[test]
fn whatever_collection_a_relation_has_its_sources_go_first() {
    delete_a_chain(InHashSet, 4);
    delete_a_chain(InIndexSet, 4);
    delete_a_chain(InTree, 4);
    delete_a_chain(InSmallVec, 4);
    delete_a_chain(Only, 4);
    delete_a_chain(Loop, 4);
}

#[test]
fn a_hundred_thousand_levels_of_one_to_one_relations() {
    // A plain despawn of it would overflow this stack.
    let small_stack = std::thread::Builder::new().stack_size(2 << 20);
    let test = small_stack.spawn(|| delete_a_chain(Only, 100_000)).unwrap();
    test.join().unwrap();
}

#[test]
fn collections_with_an_order_go_from_the_last_to_the_first() {
    fn delete_siblings<R: Component>(link: fn(Entity) -> R) {
        for mut world in worlds() {
            let root = world.spawn(Number(0)).id();
            for number in 1..6 {
                world.spawn((Number(number), link(root)));
            }
            world.delete(root).unwrap();
            assert_eq!(published_numbers(&mut world), [5, 4, 3, 2, 1, 0]);
        }
    }
    delete_siblings(InIndexSet);
    delete_siblings(InSmallVec);
    delete_siblings(Loop);
}

#[test]
fn what_is_linked_to_itself_goes_once() {
    for mut world in worlds() {
        let root = world.spawn(Name("self")).id();
        world.entity_mut(root).insert(Loop(root));
        let child = world.spawn((Name("child"), Loop(root))).id();
        assert_eq!(world.plan_delete(root).unwrap().entities(), [child, root]);
        assert_eq!(world.delete(root).unwrap().entity_count(), 2);
        assert_eq!(published_names(&mut world), ["child", "self"]);
    }
}

#[test]
fn who_lost_its_place_in_a_one_to_one_relation_stays() {
    for mut world in worlds() {
        let root = world.spawn(Name("root")).id();
        let first = world.spawn((Name("first"), Only(root))).id();
        world.spawn((Name("second"), Only(root)));
        assert_eq!(world.delete(root).unwrap().entity_count(), 2);
        assert_eq!(published_names(&mut world), ["second", "root"]);
        assert!(world.get_entity(first).is_ok());
    }
}
