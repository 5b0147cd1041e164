//! Guarantee 2 with `with_removals()`: a removed value is published once, and not at all if a panic prevented its
//! removal.

use bevy_app::prelude::*;
use bevy_ecs::{
    error::{FallbackErrorHandler, ignore},
    lifecycle::HookContext,
    message::Messages,
    prelude::*,
    world::{DeferredWorld, EntityMut},
};
use bevy_post_delete::prelude::*;

use crate::support::{Number, catch_panic, panic_on_purpose, published};

/// While it is armed (`true`), its `on_discard` hook panics.
#[derive(Component)]
#[component(on_discard = explode)]
struct Bomb(bool);

fn explode(world: DeferredWorld, context: HookContext) {
    assert!(!world.get::<Bomb>(context.entity).unwrap().0, "on purpose");
}

/// A snapshot whose capture panics for odd numbers.
struct EvenOnly;

impl Snapshot for EvenOnly {
    type Component = Number;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        assert_eq!(entity.get::<Number>()?.0 % 2, 0, "on purpose");
        Some(Self)
    }
}

/// Panics in its `on_add` hook, after the components of the same insert were written.
#[derive(Component)]
#[component(on_add = panic_on_purpose)]
struct PanicsOnAdd;

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
fn a_removal_that_panics_is_not_published() {
    type Removal = fn(&mut World, Entity);
    let removals: [Removal; 6] = [
        |world, entity| _ = world.entity_mut(entity).remove::<(Number, Bomb)>(),
        |world, entity| _ = world.entity_mut(entity).take::<(Number, Bomb)>(),
        |world, entity| _ = world.entity_mut(entity).insert((Number(2), Bomb(false))),
        |world, entity| _ = world.entity_mut(entity).clear(),
        |world, entity| {
            let panics = |_: &mut Number| panic!("on purpose");
            _ = world.modify_component(entity, panics);
        },
        |world, entity| _ = world.entity_mut(entity).retain::<()>(),
    ];
    for (index, removal) in removals.into_iter().enumerate() {
        for publish_between in [false, true] {
            let mut app = app();
            let world = app.world_mut();
            let entity = world.spawn((Number(1), Bomb(true))).id();
            catch_panic(|| removal(world, entity));
            if publish_between {
                assert_eq!(published_values(world), [], "removal {index}");
            }
            world.get_mut::<Bomb>(entity).unwrap().0 = false;
            world.entity_mut(entity).remove::<Number>();
            assert_eq!(published_values(world), [(1, DeleteKind::Remove)], "removal {index}");
            world.despawn(entity);
            assert_eq!(published_values(world), [], "removal {index}");
        }
    }
}

#[test]
fn a_removal_is_not_published_if_the_capture_of_another_type_panics() {
    let mut app = app();
    app.add_plugins(PostDeletePlugin::<EvenOnly>::default().with_removals());
    let world = app.world_mut();
    let entity = world.spawn(Number(1)).id();
    catch_panic(|| _ = world.entity_mut(entity).remove::<Number>());
    catch_panic(|| _ = world.entity_mut(entity).insert(Number(3)));
    assert_eq!(published_values(world), []);
    assert_eq!(world.get::<Number>(entity), Some(&Number(1)));

    world.get_mut::<Number>(entity).unwrap().0 = 2;
    world.despawn(entity);
    assert_eq!(published_values(world), [(2, DeleteKind::Despawn)]);
    assert_eq!(published::<EvenOnly>(world).len(), 1);
}

#[test]
fn only_the_despawn_is_published_if_it_follows_a_panicking_removal() {
    let mut app = app();
    let world = app.world_mut();
    let entity = world.spawn((Number(1), Bomb(true))).id();
    catch_panic(|| _ = world.entity_mut(entity).remove::<(Number, Bomb)>());
    world.get_mut::<Bomb>(entity).unwrap().0 = false;
    world.despawn_all::<With<Number>>();
    assert_eq!(published_values(world), [(1, DeleteKind::Despawn)]);
}

#[test]
fn a_removal_is_published_even_if_the_next_insert_panics() {
    let mut app = app();
    let world = app.world_mut();
    let entity = world.spawn(Number(1)).id();
    world.entity_mut(entity).remove::<Number>();
    catch_panic(|| _ = world.entity_mut(entity).insert((Number(2), PanicsOnAdd)));
    assert_eq!(world.get::<Number>(entity), Some(&Number(2)));
    assert_eq!(published_values(world), [(1, DeleteKind::Remove)]);
}

#[test]
fn a_replacement_that_panics_after_the_write_is_published_at_most_once() {
    let mut app = app();
    let world = app.world_mut();
    let entity = world.spawn(Number(1)).id();
    catch_panic(|| _ = world.entity_mut(entity).insert((Number(2), PanicsOnAdd)));
    assert_eq!(world.get::<Number>(entity), Some(&Number(2)));
    world.despawn(entity);
    let values = published_values(world);
    assert!(values.iter().filter(|(value, _)| *value == 1).count() <= 1);
    assert_eq!(values.iter().filter(|(value, _)| *value == 2).count(), 1);
}

#[test]
fn a_removal_that_panics_during_a_delete_is_not_published() {
    #[derive(Component)]
    struct Trigger(Entity);

    let mut app = app();
    let world = app.world_mut();
    world.insert_resource(FallbackErrorHandler(ignore));
    world.add_observer(
        |on: On<Despawn<Trigger>>, triggers: Query<&Trigger>, mut commands: Commands| {
            commands
                .entity(triggers.get(on.entity).unwrap().0)
                .remove::<(Number, Bomb)>();
        },
    );
    let kept = world.spawn((Number(1), Bomb(true))).id();
    let report = world.spawn((Number(2), Trigger(kept))).delete().unwrap();
    assert_eq!(
        report.message_count(),
        1,
        "the value that was not removed is not counted"
    );
    assert_eq!(world.get::<Number>(kept), Some(&Number(1)));
    assert_eq!(published_values(world), [(2, DeleteKind::Direct)]);
}

#[test]
fn every_value_replaced_by_batch_inserts_and_modifications_is_published() {
    let mut app = app();
    let world = app.world_mut();
    let entities: Vec<_> = (0..10).map(|number| world.spawn(Number(number)).id()).collect();
    world.insert_batch(entities.iter().map(|entity| (*entity, Number(99))));
    let replaced = (0..10).map(|number| (number, DeleteKind::Replace));
    assert!(published_values(world).into_iter().eq(replaced));
    for entity in &entities {
        world
            .modify_component(*entity, |number: &mut Number| number.0 += 1)
            .unwrap();
    }
    assert_eq!(published_values(world), [(99, DeleteKind::Replace); 10]);
    for entity in entities {
        world
            .entity_mut(entity)
            .remove::<Number>()
            .insert(Number(7))
            .remove::<Number>();
    }
    let removed = published_values(world);
    assert_eq!(removed.len(), 20);
    assert!(removed.iter().all(|(_, kind)| *kind == DeleteKind::Remove));
}

struct ByNumber;

impl AssetUser for ByNumber {
    type Component = Number;
    type Key = u32;

    fn keys(number: &Number) -> impl IntoIterator<Item = u32> {
        [number.0]
    }
}

#[test]
fn an_asset_is_not_released_if_the_removal_of_its_user_panicked() {
    let mut app = App::new();
    app.add_plugins(AssetReleasePlugin::<ByNumber>::default());
    let entity = app.world_mut().spawn((Number(1), Bomb(true))).id();
    catch_panic(|| _ = app.world_mut().entity_mut(entity).remove::<(Number, Bomb)>());
    app.update();
    let released = app.world().resource::<Messages<AssetReleased<u32>>>();
    assert!(released.is_empty(), "it is still in use");
    assert_eq!(app.world().resource::<AssetUses<u32>>().count(&1), 1);
}
