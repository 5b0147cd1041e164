//! Guarantee 6: no hierarchy is too deep or too wide.

use bevy_ecs::{prelude::*, relationship::Relationship};
use bevy_post_delete::prelude::*;

use crate::support::{Crew, Number, ServesOn, published_numbers};

const DEPTH: u32 = 100_000;

/// Runs `test` on a stack that Bevy's own despawn of such a tree would overflow.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(test)
        .unwrap()
        .join()
        .unwrap();
}

fn chain<R: Relationship>(world: &mut World) -> Entity {
    let root = world.spawn(Number(0)).id();
    let mut parent = root;
    for number in 1..DEPTH {
        parent = world.spawn((Number(number), <R as Relationship>::from(parent))).id();
    }
    root
}

fn assert_told_from_the_leaf_up(world: &mut World) {
    let numbers = published_numbers(world);
    assert_eq!(numbers.len(), DEPTH as usize);
    assert!(numbers.iter().rev().copied().eq(0..DEPTH));
    assert_eq!(world.query::<&Number>().iter(world).count(), 0);
}

fn delete_chains<R: Relationship>(watched: bool) {
    on_a_small_stack(move || {
        let mut world = World::new();
        world.track_deletes::<Number>();
        if watched {
            world.add_observer(|_: On<Remove<Number>>| {});
        }

        let root = chain::<R>(&mut world);
        assert_eq!(world.delete(root).unwrap().entity_count(), DEPTH as usize);
        assert_told_from_the_leaf_up(&mut world);

        let root = chain::<R>(&mut world);
        world.commands().entity(root).delete();
        world.flush();
        assert_told_from_the_leaf_up(&mut world);

        chain::<R>(&mut world);
        world.delete_all::<(With<Number>, Without<R>)>();
        assert_told_from_the_leaf_up(&mut world);
    });
}

#[test]
fn a_hierarchy_a_hundred_thousand_levels_deep() {
    delete_chains::<ChildOf>(false);
}

#[test]
fn a_watched_hierarchy_a_hundred_thousand_levels_deep() {
    delete_chains::<ChildOf>(true);
}

#[test]
fn a_relation_of_ones_own_a_hundred_thousand_levels_deep() {
    delete_chains::<ServesOn>(false);
}

#[test]
fn a_watched_cycle_of_a_hundred_thousand() {
    on_a_small_stack(|| {
        let mut world = World::new();
        world.track_deletes::<Number>();
        world.add_observer(|_: On<Remove<Number>>| {});
        let root = chain::<ChildOf>(&mut world);
        let mut leaf = root;
        while let Some(children) = world.get::<Children>(leaf) {
            leaf = children[0];
        }
        world.entity_mut(root).insert(ChildOf(leaf));
        world.delete(root).unwrap();
        assert_told_from_the_leaf_up(&mut world);
    });
}

#[test]
fn delete_all_of_every_link_of_a_deep_chain() {
    on_a_small_stack(|| {
        let mut world = World::new();
        world.track_deletes::<Number>();
        chain::<ChildOf>(&mut world);
        // Every link is a root of its own here, the last of them first.
        let report = world.delete_all::<With<Number>>();
        assert_eq!(report.entity_count(), DEPTH as usize);
        assert_told_from_the_leaf_up(&mut world);
    });
}

#[test]
fn a_plan_of_a_deep_hierarchy() {
    on_a_small_stack(|| {
        let mut world = World::new();
        let root = chain::<ChildOf>(&mut world);
        let plan = world.plan_delete(root).unwrap();
        assert_eq!(plan.entities().len(), DEPTH as usize);
        assert_eq!(plan.entities().last(), Some(&root));
        world.delete(root).unwrap();
    });
}

#[test]
fn a_hundred_thousand_children() {
    on_a_small_stack(|| {
        for watched in [false, true] {
            let mut world = World::new();
            world.track_deletes::<Number>();
            if watched {
                world.add_observer(|_: On<Remove<Number>>| {});
            }
            let root = world.spawn(Number(0)).id();
            for number in 1..DEPTH {
                world.spawn((Number(number), ChildOf(root)));
            }
            world.delete(root).unwrap();
            assert_told_from_the_leaf_up(&mut world);
        }
    });
}

#[test]
fn a_hundred_thousand_children_of_a_relation_of_ones_own() {
    on_a_small_stack(|| {
        let mut world = World::new();
        world.track_deletes::<Number>();
        let root = world.spawn(Number(0)).id();
        for number in 1..DEPTH {
            world.spawn((Number(number), ServesOn(root)));
        }
        world.commands().entity(root).delete_related::<Crew>();
        world.commands().entity(root).delete();
        world.flush();
        assert_told_from_the_leaf_up(&mut world);
    });
}
