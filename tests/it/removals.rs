//! `with_removals`: values that end while their entity lives on.

use bevy_app::prelude::*;
use bevy_ecs::{lifecycle::HookContext, prelude::*, world::DeferredWorld};
use bevy_post_delete::prelude::*;

use crate::support::{Number, published};

fn app() -> App {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Number>::default().with_removals());
    app
}

fn ended(world: &mut World) -> Vec<(u32, DeleteKind)> {
    published::<Number>(world)
        .into_iter()
        .map(|deleted| (deleted.snapshot.0, deleted.origin.kind))
        .collect()
}

#[test]
fn replace_and_remove_are_told_apart_from_despawn_and_once_each() {
    let mut app = app();
    let world = app.world_mut();
    let mut entity = world.spawn(Number(1));
    entity.insert(Number(2));
    entity.insert(Number(3));
    entity.remove::<Number>();
    entity.insert(Number(4));
    let entity = entity.id();
    world.delete(entity).unwrap();
    let despawned = world.spawn(Number(5)).id();
    world.despawn(despawned);
    assert_eq!(
        ended(world),
        [
            (1, DeleteKind::Replace),
            (2, DeleteKind::Replace),
            (3, DeleteKind::Remove),
            (4, DeleteKind::Direct),
            (5, DeleteKind::Despawn)
        ]
    );
}

#[test]
fn without_it_only_the_end_of_the_entity_is_told() {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Number>::default());
    let world = app.world_mut();
    let mut entity = world.spawn(Number(1));
    entity.insert(Number(2)).remove::<Number>();
    assert!(ended(world).is_empty());
}

#[test]
fn every_way_to_lose_a_component() {
    let mut app = app();
    let world = app.world_mut();
    let mut lose = |how: fn(&mut EntityWorldMut)| {
        let mut entity = world.spawn(Number(1));
        how(&mut entity);
        entity.remove::<Number>();
        entity.despawn();
        assert_eq!(ended(world), [(1, DeleteKind::Remove)]);
    };
    lose(|entity| _ = entity.remove::<Number>());
    lose(|entity| _ = entity.take::<Number>());
    lose(|entity| _ = entity.clear());
    lose(|entity| _ = entity.retain::<()>());
    lose(|entity| _ = entity.remove_with_requires::<Number>());
}

#[test]
fn a_mutation_in_place_is_no_end() {
    let mut app = app();
    let world = app.world_mut();
    let entity = world.spawn(Number(1)).id();
    world.get_mut::<Number>(entity).unwrap().0 = 2;
    assert!(ended(world).is_empty());
    world
        .entity_mut(entity)
        .modify_component(|number: &mut Number| number.0 = 3);
    assert_eq!(
        ended(world),
        [(2, DeleteKind::Replace)],
        "this one replaces the value, hooks and all"
    );
}

#[test]
fn they_have_no_root_and_the_operation_that_was_behind_them() {
    #[derive(Component)]
    #[component(on_remove = strip)]
    struct Strips(Entity);

    fn strip(mut world: DeferredWorld, context: HookContext) {
        let other = world.get::<Strips>(context.entity).unwrap().0;
        world.commands().entity(other).remove::<Number>();
    }

    let mut app = app();
    let world = app.world_mut();
    let other = world.spawn(Number(2)).id();
    let entity = world.spawn((Number(1), Strips(other))).id();
    let report = world.delete(entity).unwrap();
    let told = published::<Number>(world);
    assert_eq!(told[1].entity, other);
    assert_eq!(told[1].origin.kind, DeleteKind::Remove);
    assert_eq!(told[1].origin.root, None);
    assert_eq!(told[1].origin.operation, report.operation());
    assert!(world.get_entity(other).is_ok());

    world.entity_mut(other).insert(Number(3)).remove::<Number>();
    assert_eq!(published::<Number>(world)[0].origin.operation, 0);
}

#[test]
fn a_value_that_is_removed_just_before_its_entity_goes() {
    let mut app = app();
    let world = app.world_mut();
    let entity = world.spawn(Number(1)).id();
    world.commands().entity(entity).remove::<Number>();
    world.commands().entity(entity).delete();
    world.flush();
    assert_eq!(ended(world), [(1, DeleteKind::Remove)], "one value, one end");
}

#[test]
fn a_plugin_that_asks_for_them_later_is_heard() {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Number>::default());
    app.world_mut().spawn(Number(0)).remove::<Number>();
    app.add_plugins(PostDeletePlugin::<Number>::default().with_removals());
    app.add_plugins(PostDeletePlugin::<Number>::default().with_removals());
    app.add_plugins(PostDeletePlugin::<Number>::default());
    let world = app.world_mut();
    world.spawn(Number(1)).remove::<Number>();
    assert_eq!(ended(world), [(1, DeleteKind::Remove)]);
}

#[test]
fn removals_of_immutable_and_sparse_components() {
    #[derive(Component, Clone)]
    #[component(immutable, storage = "SparseSet")]
    struct Fixed(u8);

    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Fixed>::default().with_removals());
    let world = app.world_mut();
    world.spawn(Fixed(1)).insert(Fixed(2)).remove::<Fixed>();
    let kinds: Vec<_> = published::<Fixed>(world)
        .into_iter()
        .map(|deleted| (deleted.snapshot.0, deleted.origin.kind))
        .collect();
    assert_eq!(kinds, [(1, DeleteKind::Replace), (2, DeleteKind::Remove)]);
}
