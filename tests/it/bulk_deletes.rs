//! `delete_all`, `delete_all_where` and `delete_batch`: which entities they delete.

use bevy_ecs::{
    entity_disabling::Disabled,
    prelude::*,
    resource::IsResource,
    system::{RegisteredSystem, SystemIdMarker},
};
use bevy_post_delete::prelude::*;

use crate::support::{Name, Number, published, published_names, published_numbers, world_tracking_names};

#[test]
fn delete_all_skips_resources_observers_and_systems() {
    #[derive(Resource, Clone)]
    struct Score(u32);

    #[derive(Resource, Default)]
    struct Observed(usize);

    let mut world = world_tracking_names();
    world.insert_resource(Score(7));
    world.init_resource::<Observed>();
    world.add_observer(|_: On<Despawn<Name>>, mut observed: ResMut<Observed>| observed.0 += 1);
    let system = world.register_system(|mut score: ResMut<Score>| score.0 += 1);
    world.spawn((Name("parent"), children![Name("child")]));
    world.spawn(Name("other"));
    world.spawn_empty();

    let report = world.delete_all::<()>();
    assert_eq!(report.entity_count(), 4);
    assert_eq!(world.resource::<Score>().0, 7);
    assert_eq!(world.resource::<Observed>().0, 3);
    world.run_system(system).unwrap();
    assert_eq!(world.resource::<Score>().0, 8);
    assert_eq!(published_names(&mut world).len(), 3);

    // Also if the filter matches them explicitly.
    world.delete_all::<With<IsResource>>();
    world.delete_all::<With<Score>>();
    world.delete_all::<With<Observer>>();
    world.delete_all::<With<SystemIdMarker>>();
    world.delete_all::<With<RegisteredSystem<(), ()>>>();
    world.delete_all_where::<(), ()>(|()| true);
    world.commands().delete_all::<()>();
    world.flush();
    world.run_system(system).unwrap();
    assert_eq!(world.resource::<Score>().0, 9);
    world.spawn(Name("one")).despawn();
    assert_eq!(world.resource::<Observed>().0, 4, "the observer is still alive");
    assert_eq!(published_names(&mut world), ["one"], "`Name` is still tracked");
}

#[test]
fn delete_all_deletes_matches_and_their_descendants() {
    let mut world = world_tracking_names();
    world.spawn((Name("parent"), Number(1), children![Name("child")]));
    world.spawn(Name("other"));
    let report = world.delete_all::<With<Number>>();
    assert_eq!(report.entity_count(), 2);
    assert_eq!(published_names(&mut world), ["child", "parent"]);
    assert_eq!(world.query::<&Name>().single(&world).unwrap().0, "other");
}

#[test]
fn a_matching_parent_and_its_matching_child_are_deleted_once() {
    let mut world = world_tracking_names();
    let parent = world
        .spawn((
            Name("parent"),
            children![(Name("child"), children![Name("grandchild")])],
        ))
        .id();
    let report = world.delete_all::<With<Name>>();
    assert_eq!(report.entity_count(), 3);
    assert_eq!(report.message_count(), 3);
    assert_eq!(published_names(&mut world), ["grandchild", "child", "parent"]);
    assert!(world.get_entity(parent).is_err());
}

#[test]
fn delete_all_where_calls_the_condition_once_per_match() {
    let mut world = World::new();
    world.track_deletes::<Number>();
    world.spawn_batch((0..10).map(Number));
    world.spawn((Number(100), Disabled));
    let mut call_count = 0;
    let report = world.delete_all_where::<&mut Number, ()>(|mut number| {
        call_count += 1;
        number.0 += 1000;
        number.0 % 2 == 0
    });
    assert_eq!(
        call_count, 10,
        "disabled entities are excluded by default, as in any query"
    );
    assert_eq!(report.entity_count(), 5);
    let mut numbers = published_numbers(&mut world);
    numbers.sort_unstable();
    assert_eq!(
        numbers,
        [1000, 1002, 1004, 1006, 1008],
        "the snapshots contain the mutations made by the condition"
    );
}

#[test]
fn disabled_entities_are_deleted_if_the_filter_mentions_disabled() {
    let mut world = world_tracking_names();
    world.spawn((Name("disabled"), Disabled));
    assert_eq!(world.delete_all::<With<Name>>().entity_count(), 0);
    assert_eq!(world.delete_all::<(With<Name>, With<Disabled>)>().entity_count(), 1);
    assert_eq!(published_names(&mut world), ["disabled"]);
}

#[test]
fn delete_all_supports_change_detection_filters() {
    let mut world = world_tracking_names();
    world.spawn(Name("old"));
    world.clear_trackers();
    world.spawn(Name("new"));
    assert_eq!(world.delete_all::<Added<Name>>().entity_count(), 1);
    assert_eq!(published_names(&mut world), ["new"]);
}

#[test]
fn delete_batch_skips_despawned_and_duplicate_entities() {
    for is_observed in [false, true] {
        let mut world = world_tracking_names();
        if is_observed {
            world.add_observer(|_: On<Remove<Name>>| {});
        }
        let [a, b, c] = ["a", "b", "c"].map(|name| world.spawn(Name(name)).id());
        let child = world.spawn((Name("child"), ChildOf(a))).id();
        world.despawn(c);
        assert_eq!(published_names(&mut world), ["c"]);
        let report = world.delete_batch([a, c, b, a, child, Entity::PLACEHOLDER]);
        assert_eq!(report.entity_count(), 3);
        assert_eq!(report.message_count(), 3);
        assert_eq!(published_names(&mut world), ["child", "a", "b"]);
    }
}

#[test]
fn all_messages_of_one_call_share_an_operation() {
    let mut world = World::new();
    world.track_deletes::<Number>();
    world.spawn_batch((0..4).map(Number));
    let report = world.delete_all::<With<Number>>();
    for deleted in published::<Number>(&mut world) {
        assert_eq!(deleted.origin.operation, report.operation());
    }
}

#[test]
fn delete_all_deletes_entities_of_many_archetypes() {
    #[derive(Component)]
    struct A;
    #[derive(Component)]
    #[component(storage = "SparseSet")]
    struct B;

    let mut world = World::new();
    world.track_deletes::<Number>();
    for number in 0..40 {
        let mut entity = world.spawn(Number(number));
        if number % 2 == 0 {
            entity.insert(A);
        }
        if number % 3 == 0 {
            entity.insert(B);
        }
        if number % 5 == 0 {
            entity.remove::<A>();
        }
    }
    let report = world.delete_all::<With<Number>>();
    assert_eq!((report.entity_count(), report.count::<Number>()), (40, 40));
    let mut numbers = published_numbers(&mut world);
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..40));
}

#[test]
fn an_empty_bulk_delete_does_nothing() {
    let mut world = world_tracking_names();
    assert_eq!(world.delete_all::<With<Name>>().entity_count(), 0);
    assert_eq!(world.delete_batch(Vec::new()).entity_count(), 0);
    assert_eq!(world.delete_all_where::<&Name, ()>(|_| true).entity_count(), 0);
    assert!(published_names(&mut world).is_empty());
}

/// As of Bevy 0.20.1, the indices of entities despawned by `despawn_all` are not reused.
#[test]
fn indices_of_deleted_entities_are_reused() {
    let mut world = world_tracking_names();
    for _ in 0..100 {
        world.spawn_batch((0..50).map(|_| Name("one"))).for_each(drop);
        assert_eq!(world.delete_all::<With<Name>>().entity_count(), 50);
    }
    let entity = world.spawn_empty().id();
    assert!(
        entity.index_u32() < 1000,
        "{entity}, but at most 50 entities were alive at a time"
    );
}

#[test]
fn a_parent_deleted_after_its_many_children_has_children_until_the_last_is_deleted() {
    let mut world = World::new();
    let parent = world.spawn_empty().id();
    let children: Vec<Entity> = (0..1_100).map(|_| world.spawn(ChildOf(parent)).id()).collect();
    #[derive(Resource, Default)]
    struct Found(usize);
    world.init_resource::<Found>();
    world.add_observer(
        move |_: On<Despawn<ChildOf>>, parents: Query<&Children>, mut found: ResMut<Found>| {
            found.0 += usize::from(parents.contains(parent));
        },
    );
    world.delete_batch(children.into_iter().chain([parent]));
    assert_eq!(world.resource::<Found>().0, 1_100);
}

#[test]
fn the_condition_of_delete_all_where_does_not_visit_observers() {
    let mut world = World::new();
    let observer = world.add_observer(|_: On<Add<Number>>| {}).insert(Number(0)).id();
    let entity = world.spawn(Number(0)).id();
    let report = world.delete_all_where::<&mut Number, ()>(|mut number| {
        number.0 += 1;
        true
    });
    assert_eq!(report.entity_count(), 1);
    assert!(world.get_entity(entity).is_err());
    assert_eq!(world.get::<Number>(observer).unwrap().0, 0);
}
