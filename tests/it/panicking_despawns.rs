//! Guarantees 2 and 8: an entity that survives a panic is not published, and is published once when it is deleted
//! later.

use bevy_app::prelude::*;
use bevy_ecs::{
    error::{FallbackErrorHandler, ignore},
    lifecycle::HookContext,
    prelude::*,
    world::{DeferredWorld, EntityMut},
};
use bevy_post_delete::prelude::*;

use crate::support::{Name, Number, catch_panic, published, published_names, published_numbers, world_tracking_names};

/// While it is armed, the despawn of its entity panics after the snapshots were captured.
#[derive(Component)]
#[component(on_remove = explode)]
struct Bomb {
    is_armed: bool,
}

fn explode(world: DeferredWorld, context: HookContext) {
    assert!(!world.get::<Bomb>(context.entity).unwrap().is_armed, "on purpose");
}

fn disarm(world: &mut World, entity: Entity) {
    world.get_mut::<Bomb>(entity).unwrap().is_armed = false;
}

const ARMED: Bomb = Bomb { is_armed: true };

/// A snapshot that is captured only if the name is not empty.
struct Label(#[allow(dead_code, reason = "captured")] &'static str);

impl Snapshot for Label {
    type Component = Name;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        let name = entity.get::<Name>()?.0;
        (!name.is_empty()).then_some(Self(name))
    }
}

/// Two worlds that track [`Name`]: the first through a component hook, the second through an observer, because the
/// component was spawned before it was tracked.
fn worlds() -> [World; 2] {
    let mut with_observer = World::new();
    with_observer.spawn(Name("earlier"));
    with_observer.track_deletes::<Name>();
    [world_tracking_names(), with_observer]
}

/// Spawns an entity, and despawns it with this method, which panics. Returns the entity, which survives.
fn spawn_survivor(world: &mut World, method: Method) -> Entity {
    let survivor = world.spawn((Name("survivor"), ARMED)).id();
    match method {
        Method::Despawn => catch_panic(|| _ = world.despawn(survivor)),
        Method::Delete => catch_panic(|| drop(world.delete(survivor))),
        Method::Batch => catch_panic(|| drop(world.delete_batch([survivor]))),
        Method::DespawnAll => catch_panic(|| world.despawn_all::<With<Bomb>>()),
        Method::DespawnCommand | Method::DeleteCommand => {
            world.insert_resource(FallbackErrorHandler(ignore));
            match method {
                Method::DespawnCommand => world.commands().entity(survivor).despawn(),
                _ => world.commands().entity(survivor).delete(),
            }
            world.flush();
        }
    }
    assert!(world.get_entity(survivor).is_ok());
    disarm(world, survivor);
    survivor
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Method {
    Despawn,
    Delete,
    Batch,
    DespawnAll,
    DespawnCommand,
    DeleteCommand,
}

const METHODS: [Method; 6] = [
    Method::Despawn,
    Method::Delete,
    Method::Batch,
    Method::DespawnAll,
    Method::DespawnCommand,
    Method::DeleteCommand,
];

#[test]
fn a_survivor_is_not_published() {
    for method in METHODS {
        for mut world in worlds() {
            spawn_survivor(&mut world, method);
            assert!(published_names(&mut world).is_empty(), "{method:?}");
        }
    }
}

#[test]
fn a_survivor_that_is_deleted_later_is_published_once() {
    for method in METHODS {
        for mut world in worlds() {
            let survivor = spawn_survivor(&mut world, method);
            world.get_mut::<Name>(survivor).unwrap().0 = "renamed";
            world.delete(survivor).unwrap();
            assert_eq!(published_names(&mut world), ["renamed"], "{method:?}");
        }
    }
}

#[test]
fn a_survivor_is_not_published_if_the_component_is_removed_before_it_is_despawned() {
    // After `Method::DespawnCommand`, Bevy does not apply the commands that hooks have queued, this crate's among them.
    for method in METHODS.into_iter().filter(|method| *method != Method::DespawnCommand) {
        for mut world in worlds() {
            let survivor = spawn_survivor(&mut world, method);
            world.entity_mut(survivor).remove::<Name>();
            world.despawn(survivor);
            assert!(published_names(&mut world).is_empty(), "{method:?}");
        }
    }
}

#[test]
fn a_survivor_is_not_published_if_its_next_capture_returns_none() {
    for method in METHODS {
        let mut world = World::new();
        world.track_deletes::<Label>();
        let survivor = spawn_survivor(&mut world, method);
        world.get_mut::<Name>(survivor).unwrap().0 = "";
        world.despawn(survivor);
        assert!(published::<Label>(&mut world).is_empty(), "{method:?}");
    }
}

#[test]
fn a_survivor_that_is_despawned_with_the_ignore_policy_is_not_published() {
    for method in METHODS {
        let mut app = App::new();
        app.add_plugins(PostDeletePlugin::<Name>::default());
        let survivor = spawn_survivor(app.world_mut(), method);
        app.add_plugins(PostDeletePlugin::<Name>::default().despawn_policy(DespawnPolicy::Ignore));
        app.world_mut().despawn(survivor);
        assert!(published_names(app.world_mut()).is_empty(), "{method:?}");
    }
}

#[test]
fn a_survivor_does_not_affect_the_messages_of_other_entities() {
    for mut world in worlds() {
        let [first, second, third] = ["first", "second", "third"].map(|name| world.spawn((Name(name), ARMED)).id());
        disarm(&mut world, first);
        disarm(&mut world, third);
        world.despawn(first);
        catch_panic(|| _ = world.despawn(second));
        world.despawn(third);
        assert_eq!(published_names(&mut world), ["first", "third"]);
    }
}

#[test]
fn a_panicking_capture_retracts_the_snapshots_of_other_types() {
    #[derive(Component)]
    struct Fragile;

    struct PanicsOnCapture;

    impl Snapshot for PanicsOnCapture {
        type Component = Fragile;

        fn capture(_: EntityMut<'_>) -> Option<Self> {
            panic!("on purpose");
        }
    }

    // The components are captured in the order in which they were registered.
    for is_name_first in [false, true] {
        let mut world = World::new();
        if is_name_first {
            world.register_component::<Name>();
        }
        world.register_component::<Fragile>();
        world.track_deletes::<Name>();
        world.track_deletes::<PanicsOnCapture>();
        let entity = world.spawn((Name("survivor"), Fragile)).id();
        for delete in [
            (|world, entity| _ = world.despawn(entity)) as fn(&mut World, Entity),
            |world, entity| drop(world.delete(entity)),
            |world, entity| drop(world.delete_batch([entity])),
        ] {
            catch_panic(|| delete(&mut world, entity));
            assert!(published_names(&mut world).is_empty());
        }
        world.entity_mut(entity).remove::<(Fragile, Name)>();
        world.despawn(entity);
        assert!(published_names(&mut world).is_empty());
    }
}

#[test]
fn entities_after_the_one_that_panics_survive_and_keep_their_hierarchy() {
    // The children after the second are despawned, the second panics, and the first and the parent are not reached.
    for children in [3, 1_100] {
        let mut world = world_tracking_names();
        world.track_deletes::<Number>();
        let parent = world.spawn(Number(0)).id();
        let children: Vec<_> = (1..=children)
            .map(|number| {
                let is_armed = number == 2;
                world.spawn((Number(number), Bomb { is_armed }, ChildOf(parent))).id()
            })
            .collect();
        catch_panic(|| drop(world.delete(parent)));
        let expected = (3..=children.len() as u32).rev();
        assert!(published_numbers(&mut world).into_iter().eq(expected));
        let survivors = world.get::<Children>(parent).unwrap();
        let mut survivors: Vec<_> = survivors.iter().collect();
        survivors.sort_unstable();
        let mut expected = children[..2].to_vec();
        expected.sort_unstable();
        assert_eq!(survivors, expected, "the parent keeps the surviving children");

        disarm(&mut world, children[1]);
        world.despawn(parent);
        let mut rest = published_numbers(&mut world);
        rest.sort_unstable();
        assert_eq!(rest, [0, 1, 2]);
    }
}

/// Its drop panics while it is armed.
#[derive(Component, Clone)]
struct PanicsOnDrop {
    number: u32,
    is_armed: bool,
}

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        assert!(!self.is_armed || std::thread::panicking(), "on purpose");
    }
}

#[test]
fn a_retracted_snapshot_whose_drop_panics_does_not_affect_other_messages() {
    let mut world = World::new();
    world.track_deletes::<PanicsOnDrop>();
    let value = |number, is_armed| PanicsOnDrop { number, is_armed };
    world.spawn(value(1, false)).despawn();
    let survivor = world.spawn((value(2, true), ARMED)).id();
    catch_panic(|| _ = world.despawn(survivor));
    world.get_mut::<PanicsOnDrop>(survivor).unwrap().is_armed = false;
    catch_panic(|| world.flush());
    world.spawn(value(3, false)).despawn();
    let numbers: Vec<_> = published::<PanicsOnDrop>(&mut world)
        .into_iter()
        .map(|deleted| deleted.snapshot.number)
        .collect();
    assert_eq!(numbers, [1, 3]);
}

#[test]
fn a_panicking_capture_does_not_abort_if_other_snapshots_panic_on_drop() {
    #[derive(Component)]
    struct CapturePanics(bool);

    struct DropPanics(#[allow(dead_code, reason = "dropped")] PanicsOnDrop);

    impl Snapshot for DropPanics {
        type Component = CapturePanics;

        fn capture(entity: EntityMut<'_>) -> Option<Self> {
            assert!(!entity.get::<CapturePanics>()?.0, "on purpose");
            Some(Self(PanicsOnDrop {
                number: 0,
                is_armed: true,
            }))
        }
    }

    let mut world = World::new();
    world.track_deletes::<DropPanics>();
    world.spawn(CapturePanics(true));
    world.spawn_batch((0..40).map(|_| CapturePanics(false)));
    catch_panic(|| drop(world.delete_all::<With<CapturePanics>>()));
    assert_eq!(world.query::<&CapturePanics>().iter(&world).count(), 41);
    assert!(published::<DropPanics>(&mut world).is_empty());
}

/// Its capture panics.
struct Burnt;

#[derive(Component)]
struct Fuse;

impl Snapshot for Burnt {
    type Component = Fuse;

    fn capture(_: EntityMut<'_>) -> Option<Self> {
        panic!("on purpose")
    }
}

#[test]
fn a_survivor_is_not_published_if_another_delete_panics_before_it_captures_the_type() {
    let mut world = World::new();
    world.track_deletes::<Burnt>();
    world.track_deletes::<Name>();
    let survivor = spawn_survivor(&mut world, Method::DespawnCommand);
    let other = world.spawn((Fuse, Name("other"), children![()])).id();
    catch_panic(|| drop(world.delete(other)));
    assert!(world.get_entity(survivor).is_ok());
    assert!(published_names(&mut world).is_empty());
}

#[test]
fn a_survivor_whose_parent_is_despawned_has_no_parent() {
    let mut world = world_tracking_names();
    let [a, b] = [("a", true), ("b", false)].map(|(name, is_armed)| world.spawn((Name(name), Bomb { is_armed })).id());
    world.entity_mut(b).insert(ChildOf(a));
    world.entity_mut(a).insert(ChildOf(b));
    catch_panic(|| drop(world.delete(a)));
    assert!(world.get_entity(b).is_err());
    assert!(world.get::<ChildOf>(a).is_none());

    disarm(&mut world, a);
    world.despawn(a);
    let kinds: Vec<_> = published::<Name>(&mut world)
        .into_iter()
        .map(|deleted| (deleted.snapshot.0, deleted.origin.kind))
        .collect();
    assert_eq!(kinds, [("b", DeleteKind::Cascade), ("a", DeleteKind::Despawn)]);
}

#[test]
fn a_child_that_joined_its_parent_during_a_bulk_delete_stays_in_its_list_after_a_panic() {
    #[derive(Component)]
    struct Adopt(Entity, Entity);

    let mut world = world_tracking_names();
    world.add_observer(|on: On<Remove<Adopt>>, adopts: Query<&Adopt>, mut commands: Commands| {
        let Adopt(parent, child) = adopts.get(on.entity).unwrap();
        commands.entity(*child).insert(ChildOf(*parent));
    });
    // `delete_all` begins with the last one.
    let child = world.spawn(Name("child")).id();
    let parent = world.spawn((Name("parent"), ARMED)).id();
    world.spawn((Name("first"), Adopt(parent, child)));
    catch_panic(|| drop(world.delete_all::<With<Name>>()));
    assert_eq!(published_names(&mut world), ["first"]);
    assert_eq!(world.get::<ChildOf>(child).map(ChildOf::parent), Some(parent));
    assert_eq!(
        world.get::<Children>(parent).map(|children| &**children),
        Some(&[child][..])
    );
}

#[test]
fn commands_that_a_panicking_despawn_has_left_are_not_part_of_the_next_delete() {
    let mut world = world_tracking_names();
    world.insert_resource(FallbackErrorHandler(ignore));
    world.register_component::<Children>();
    world.track_deletes::<Burnt>();
    let parent = world.spawn(Fuse).id();
    let child = world.spawn((Name("child"), ChildOf(parent))).id();
    let other = world.spawn((Name("other"), children![Name("other child")])).id();
    // Bevy has queued the despawn of the child when the capture of the parent panics.
    world.commands().entity(parent).despawn();
    world.commands().entity(other).delete();
    world.flush();
    assert!(world.get_entity(child).is_err());
    let messages: Vec<_> = published::<Name>(&mut world)
        .into_iter()
        .map(|deleted| (deleted.snapshot.0, deleted.origin.is_delete()))
        .collect();
    assert_eq!(messages, [("child", false), ("other child", true), ("other", true)]);
}

#[test]
fn an_entity_that_survives_a_panicking_drop_of_another_snapshot_is_not_published() {
    struct PanicsOnDrop(bool);

    impl Drop for PanicsOnDrop {
        fn drop(&mut self) {
            assert!(!self.0, "on purpose");
        }
    }

    impl Snapshot for PanicsOnDrop {
        type Component = Number;

        fn capture(entity: EntityMut<'_>) -> Option<Self> {
            Some(Self(entity.get::<Number>()?.0 == 1))
        }
    }

    #[derive(Component)]
    struct Fragile;

    let mut world = world_tracking_names();
    world.track_deletes::<PanicsOnDrop>();
    world.add_observer(|_: On<Remove<Fragile>>| panic!("on purpose"));
    let survivor = world.spawn((Number(1), Fragile)).id();
    let entity = world.spawn((Name("one"), Number(2))).id();
    catch_panic(|| _ = world.despawn(survivor));
    // The capture of the number drops the snapshot of the survivor.
    catch_panic(|| _ = world.despawn(entity));
    assert!(world.get_entity(entity).is_ok());
    assert!(published_names(&mut world).is_empty());
}
