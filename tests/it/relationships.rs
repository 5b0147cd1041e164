//! Linked relationships with every kind of collection that Bevy supports.

use std::collections::BTreeSet;

use bevy_ecs::{
    entity::{EntityHashSet, EntityIndexSet},
    prelude::*,
};
use bevy_post_delete::prelude::*;
use smallvec::SmallVec;

use crate::support::{Name, Number, published_names, published_numbers, with_small_stack, world_tracking_names};

macro_rules! linked_relationship {
    ($source:ident, $target:ident, $collection:ty $(, $option:ident)*) => {
        #[derive(Component)]
        #[relationship(relationship_target = $target $(, $option)*)]
        struct $source(Entity);

        #[derive(Component)]
        #[relationship_target(relationship = $source, linked_spawn)]
        struct $target($collection);
    };
}

linked_relationship!(InHashSet, HashSetOf, EntityHashSet);
linked_relationship!(InIndexSet, IndexSetOf, EntityIndexSet);
linked_relationship!(InBTreeSet, BTreeSetOf, BTreeSet<Entity>);
linked_relationship!(InSmallVec, SmallVecOf, SmallVec<[Entity; 2]>);
linked_relationship!(OneToOne, OneToOneTarget, Entity);
linked_relationship!(
    SelfReferential,
    SelfReferentialTarget,
    Vec<Entity>,
    allow_self_referential
);

/// Two worlds that track [`Name`] and [`Number`]. In the second, both are also observed by `On<Remove>`.
fn worlds() -> [World; 2] {
    [false, true].map(|is_observed| {
        let mut world = world_tracking_names();
        world.track_deletes::<Number>();
        if is_observed {
            world.add_observer(|_: On<Remove<Number>>| {});
            world.add_observer(|_: On<Remove<Name>>| {});
        }
        world
    })
}

/// Deletes a chain of `length` entities, and asserts that sources are published before their targets.
fn assert_chain_is_deleted<R: Component>(link: fn(Entity) -> R, length: u32) {
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
fn sources_are_deleted_before_their_target_for_every_collection() {
    assert_chain_is_deleted(InHashSet, 4);
    assert_chain_is_deleted(InIndexSet, 4);
    assert_chain_is_deleted(InBTreeSet, 4);
    assert_chain_is_deleted(InSmallVec, 4);
    assert_chain_is_deleted(OneToOne, 4);
    assert_chain_is_deleted(SelfReferential, 4);
}

#[test]
fn a_hundred_thousand_levels_of_a_one_to_one_relationship_are_deleted() {
    with_small_stack(|| assert_chain_is_deleted(OneToOne, 100_000));
}

#[test]
fn sources_in_an_ordered_collection_are_deleted_in_reverse_order() {
    fn assert_siblings_are_deleted_in_reverse<R: Component>(link: fn(Entity) -> R) {
        for mut world in worlds() {
            let root = world.spawn(Number(0)).id();
            for number in 1..6 {
                world.spawn((Number(number), link(root)));
            }
            world.delete(root).unwrap();
            assert_eq!(published_numbers(&mut world), [5, 4, 3, 2, 1, 0]);
        }
    }
    assert_siblings_are_deleted_in_reverse(InIndexSet);
    assert_siblings_are_deleted_in_reverse(InSmallVec);
    assert_siblings_are_deleted_in_reverse(SelfReferential);
}

#[test]
fn a_self_referential_entity_is_deleted_once() {
    for mut world in worlds() {
        let root = world.spawn(Name("self")).id();
        world.entity_mut(root).insert(SelfReferential(root));
        let child = world.spawn((Name("child"), SelfReferential(root))).id();
        assert_eq!(world.plan_delete(root).unwrap().entities(), [child, root]);
        assert_eq!(world.delete(root).unwrap().entity_count(), 2);
        assert_eq!(published_names(&mut world), ["child", "self"]);
    }
}

#[test]
fn a_source_that_was_replaced_in_a_one_to_one_relationship_survives() {
    for mut world in worlds() {
        let root = world.spawn(Name("root")).id();
        let first = world.spawn((Name("first"), OneToOne(root))).id();
        world.spawn((Name("second"), OneToOne(root)));
        assert_eq!(world.delete(root).unwrap().entity_count(), 2);
        assert_eq!(published_names(&mut world), ["second", "root"]);
        assert!(world.get_entity(first).is_ok());
    }
}

#[test]
fn observers_see_the_remaining_children_of_a_survivor_while_some_of_many_are_deleted() {
    #[derive(Resource, Default)]
    struct Remaining(Vec<Vec<Entity>>);

    let deletes: [fn(&mut World, Entity); 3] = [
        |world, owner| _ = world.delete(owner).unwrap(),
        |world, _| _ = world.delete_all::<With<InHashSet>>(),
        |world, owner| {
            let mut sources: Vec<_> = world.get::<HashSetOf>(owner).unwrap().iter().collect();
            sources.sort();
            world.delete_batch(sources);
        },
    ];
    for delete in deletes {
        let mut world = World::new();
        world.init_resource::<Remaining>();
        let [level, owner] = [(); 2].map(|()| world.spawn_empty().id());
        let mut survivors = Vec::new();
        for _ in 0..100 {
            world.spawn((ChildOf(level), InHashSet(owner)));
            survivors.push(world.spawn(ChildOf(level)).id());
        }
        world.add_observer(
            move |_: On<Despawn<InHashSet>>, parents: Query<&Children>, mut remaining: ResMut<Remaining>| {
                remaining.0.push(parents.get(level).unwrap().to_vec());
            },
        );
        delete(&mut world, owner);
        let remaining = world.resource::<Remaining>().0.iter();
        assert!(
            remaining.clone().map(Vec::len).eq((101..=200).rev()),
            "each child is removed by its despawn"
        );
        for children in remaining {
            let alive: Vec<_> = children
                .iter()
                .copied()
                .filter(|child| survivors.contains(child))
                .collect();
            assert_eq!(alive, survivors, "survivors keep their order");
        }
        assert_eq!(**world.get::<Children>(level).unwrap(), survivors);
    }
}
