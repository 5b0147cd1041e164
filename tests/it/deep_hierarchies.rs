//! Guarantee 6: hierarchies of any depth and width are deleted on a small stack.

use bevy_ecs::{prelude::*, relationship::Relationship};
use bevy_post_delete::prelude::*;

use crate::support::{Crew, Number, ServesOn, published_numbers, with_small_stack};

const DEPTH: u32 = 100_000;

/// Spawns a chain of [`DEPTH`] entities, numbered from the root. Returns the root.
fn spawn_chain<R: Relationship>(world: &mut World) -> Entity {
    let root = world.spawn(Number(0)).id();
    let mut parent = root;
    for number in 1..DEPTH {
        parent = world.spawn((Number(number), <R as Relationship>::from(parent))).id();
    }
    root
}

fn assert_published_leaf_to_root(world: &mut World) {
    let numbers = published_numbers(world);
    assert_eq!(numbers.len(), DEPTH as usize);
    assert!(numbers.iter().rev().copied().eq(0..DEPTH));
    assert_eq!(world.query::<&Number>().iter(world).count(), 0);
}

fn delete_chains<R: Relationship>(is_observed: bool) {
    with_small_stack(move || {
        let mut world = World::new();
        world.track_deletes::<Number>();
        if is_observed {
            world.add_observer(|_: On<Remove<Number>>| {});
        }

        let root = spawn_chain::<R>(&mut world);
        assert_eq!(world.delete(root).unwrap().entity_count(), DEPTH as usize);
        assert_published_leaf_to_root(&mut world);

        let root = spawn_chain::<R>(&mut world);
        world.commands().entity(root).delete();
        world.flush();
        assert_published_leaf_to_root(&mut world);

        spawn_chain::<R>(&mut world);
        world.delete_all::<(With<Number>, Without<R>)>();
        assert_published_leaf_to_root(&mut world);
    });
}

#[test]
fn a_hundred_thousand_levels_are_deleted() {
    delete_chains::<ChildOf>(false);
}

#[test]
fn a_hundred_thousand_observed_levels_are_deleted() {
    delete_chains::<ChildOf>(true);
}

#[test]
fn a_hundred_thousand_levels_of_a_custom_relationship_are_deleted() {
    delete_chains::<ServesOn>(false);
}

#[test]
fn a_hundred_thousand_observed_entities_in_a_cycle_are_deleted() {
    with_small_stack(|| {
        let mut world = World::new();
        world.track_deletes::<Number>();
        world.add_observer(|_: On<Remove<Number>>| {});
        let root = spawn_chain::<ChildOf>(&mut world);
        let mut leaf = root;
        while let Some(children) = world.get::<Children>(leaf) {
            leaf = children[0];
        }
        world.entity_mut(root).insert(ChildOf(leaf));
        world.delete(root).unwrap();
        assert_published_leaf_to_root(&mut world);
    });
}

#[test]
fn a_hundred_thousand_levels_are_deleted_if_the_filter_matches_each_of_them() {
    with_small_stack(|| {
        let mut world = World::new();
        world.track_deletes::<Number>();
        spawn_chain::<ChildOf>(&mut world);
        // Every entity is named by the filter, the leaf first.
        let report = world.delete_all::<With<Number>>();
        assert_eq!(report.entity_count(), DEPTH as usize);
        assert_published_leaf_to_root(&mut world);
    });
}

#[test]
fn a_hundred_thousand_levels_can_be_planned() {
    with_small_stack(|| {
        let mut world = World::new();
        let root = spawn_chain::<ChildOf>(&mut world);
        let plan = world.plan_delete(root).unwrap();
        assert_eq!(plan.entities().len(), DEPTH as usize);
        assert_eq!(plan.entities().last(), Some(&root));
        world.delete(root).unwrap();
    });
}

#[test]
fn a_hundred_thousand_children_are_deleted() {
    with_small_stack(|| {
        for is_observed in [false, true] {
            let mut world = World::new();
            world.track_deletes::<Number>();
            if is_observed {
                world.add_observer(|_: On<Remove<Number>>| {});
            }
            let root = world.spawn(Number(0)).id();
            for number in 1..DEPTH {
                world.spawn((Number(number), ChildOf(root)));
            }
            world.delete(root).unwrap();
            assert_published_leaf_to_root(&mut world);
        }
    });
}

#[test]
fn a_hundred_thousand_sources_of_a_custom_relationship_are_deleted() {
    with_small_stack(|| {
        let mut world = World::new();
        world.track_deletes::<Number>();
        let root = world.spawn(Number(0)).id();
        for number in 1..DEPTH {
            world.spawn((Number(number), ServesOn(root)));
        }
        world.commands().entity(root).delete_related::<Crew>();
        world.commands().entity(root).delete();
        world.flush();
        assert_published_leaf_to_root(&mut world);
    });
}
