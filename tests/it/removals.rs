//! `with_removals`: components that are removed or replaced while their entity survives.

use bevy_app::prelude::*;
use bevy_ecs::{lifecycle::HookContext, prelude::*, world::DeferredWorld};
use bevy_post_delete::prelude::*;

use crate::support::{Number, published};

fn app() -> App {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Number>::default().with_removals());
    app
}

fn published_values(world: &mut World) -> Vec<(u32, DeleteKind)> {
    published::<Number>(world)
        .into_iter()
        .map(|deleted| (deleted.snapshot.0, deleted.origin.kind))
        .collect()
}

#[test]
fn replaced_removed_and_despawned_values_are_published_once_with_their_kind() {
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
        published_values(world),
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
fn removals_are_not_published_by_default() {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Number>::default());
    let world = app.world_mut();
    let mut entity = world.spawn(Number(1));
    entity.insert(Number(2)).remove::<Number>();
    assert!(published_values(world).is_empty());
}

#[test]
fn every_way_to_remove_a_component_is_published() {
    let mut app = app();
    let world = app.world_mut();
    let mut check = |remove: fn(&mut EntityWorldMut)| {
        let mut entity = world.spawn(Number(1));
        remove(&mut entity);
        entity.remove::<Number>();
        entity.despawn();
        assert_eq!(published_values(world), [(1, DeleteKind::Remove)]);
    };
    check(|entity| _ = entity.remove::<Number>());
    check(|entity| _ = entity.take::<Number>());
    check(|entity| _ = entity.clear());
    check(|entity| _ = entity.retain::<()>());
    check(|entity| _ = entity.remove_with_requires::<Number>());
}

#[test]
fn a_mutation_is_not_published_but_modify_component_is_a_replacement() {
    let mut app = app();
    let world = app.world_mut();
    let entity = world.spawn(Number(1)).id();
    world.get_mut::<Number>(entity).unwrap().0 = 2;
    assert!(published_values(world).is_empty());
    world
        .entity_mut(entity)
        .modify_component(|number: &mut Number| number.0 = 3);
    assert_eq!(
        published_values(world),
        [(2, DeleteKind::Replace)],
        "`modify_component` runs the replacement hooks"
    );
}

#[test]
fn a_removal_has_no_root_but_the_operation_of_the_active_delete() {
    #[derive(Component)]
    #[component(on_remove = remove_number)]
    struct RemovesNumber(Entity);

    fn remove_number(mut world: DeferredWorld, context: HookContext) {
        let other = world.get::<RemovesNumber>(context.entity).unwrap().0;
        world.commands().entity(other).remove::<Number>();
    }

    let mut app = app();
    let world = app.world_mut();
    let other = world.spawn(Number(2)).id();
    let entity = world.spawn((Number(1), RemovesNumber(other))).id();
    let report = world.delete(entity).unwrap();
    let messages = published::<Number>(world);
    assert_eq!(messages[1].entity, other);
    assert_eq!(messages[1].origin.kind, DeleteKind::Remove);
    assert_eq!(messages[1].origin.root, None);
    assert_eq!(messages[1].origin.operation, report.operation());
    assert!(world.get_entity(other).is_ok());

    world.entity_mut(other).insert(Number(3)).remove::<Number>();
    assert_eq!(published::<Number>(world)[0].origin.operation, 0);
}

#[test]
fn a_component_removed_just_before_the_delete_is_published_once() {
    let mut app = app();
    let world = app.world_mut();
    let entity = world.spawn(Number(1)).id();
    world.commands().entity(entity).remove::<Number>();
    world.commands().entity(entity).delete();
    world.flush();
    assert_eq!(
        published_values(world),
        [(1, DeleteKind::Remove)],
        "one message per value"
    );
}

#[test]
fn removals_can_be_enabled_by_a_later_plugin() {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Number>::default());
    app.world_mut().spawn(Number(0)).remove::<Number>();
    app.add_plugins(PostDeletePlugin::<Number>::default().with_removals());
    app.add_plugins(PostDeletePlugin::<Number>::default().with_removals());
    app.add_plugins(PostDeletePlugin::<Number>::default());
    let world = app.world_mut();
    world.spawn(Number(1)).remove::<Number>();
    assert_eq!(published_values(world), [(1, DeleteKind::Remove)]);
}

#[test]
fn removals_of_immutable_sparse_components_are_published() {
    #[derive(Component, Clone)]
    #[component(immutable, storage = "SparseSet")]
    struct ImmutableSparse(u8);

    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<ImmutableSparse>::default().with_removals());
    let world = app.world_mut();
    world
        .spawn(ImmutableSparse(1))
        .insert(ImmutableSparse(2))
        .remove::<ImmutableSparse>();
    let kinds: Vec<_> = published::<ImmutableSparse>(world)
        .into_iter()
        .map(|deleted| (deleted.snapshot.0, deleted.origin.kind))
        .collect();
    assert_eq!(kinds, [(1, DeleteKind::Replace), (2, DeleteKind::Remove)]);
}
