//! Guarantees 2 and 8: an entity that survives a panic is not published, and is published once when it is deleted later.

use bevy_app::prelude::*;
use bevy_ecs::{
    error::{FallbackErrorHandler, ignore},
    lifecycle::HookContext,
    prelude::*,
    world::{DeferredWorld, EntityMut},
};
use bevy_post_delete::prelude::*;

use crate::support::{Name, Number, catch_panic, published, published_names, published_numbers, world_of_names};

/// While it is armed, the despawn of its entity panics, after the snapshots are taken.
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

/// A snapshot that is only taken of an entity with a name that is not empty.
struct Label(#[allow(dead_code, reason = "captured")] &'static str);

impl Snapshot for Label {
    type Component = Name;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        let name = entity.get::<Name>()?.0;
        (!name.is_empty()).then_some(Self(name))
    }
}

/// A world that captures names with a hook, and one that captures them with an observer.
fn worlds() -> [World; 2] {
    let mut late = World::new();
    late.spawn(Name("earlier"));
    late.track_deletes::<Name>();
    [world_of_names(), late]
}

/// An entity whose despawn has panicked.
fn survivor(world: &mut World, way: Way) -> Entity {
    let survivor = world.spawn((Name("survivor"), ARMED)).id();
    match way {
        Way::Despawn => catch_panic(|| _ = world.despawn(survivor)),
        Way::Delete => catch_panic(|| drop(world.delete(survivor))),
        Way::Batch => catch_panic(|| drop(world.delete_batch([survivor]))),
        Way::DespawnAll => catch_panic(|| world.despawn_all::<With<Bomb>>()),
        Way::Command => {
            world.insert_resource(FallbackErrorHandler(ignore));
            world.commands().entity(survivor).despawn();
            world.flush();
        }
    }
    assert!(world.get_entity(survivor).is_ok());
    disarm(world, survivor);
    survivor
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Despawn,
    Delete,
    Batch,
    DespawnAll,
    Command,
}

const WAYS: [Way; 5] = [Way::Despawn, Way::Delete, Way::Batch, Way::DespawnAll, Way::Command];

#[test]
fn a_survivor_is_not_published() {
    for way in WAYS {
        for mut world in worlds() {
            survivor(&mut world, way);
            assert!(published_names(&mut world).is_empty(), "{way:?}");
        }
    }
}

#[test]
fn a_survivor_that_is_deleted_later_is_published_once() {
    for way in WAYS {
        for mut world in worlds() {
            let survivor = survivor(&mut world, way);
            world.get_mut::<Name>(survivor).unwrap().0 = "renamed";
            world.delete(survivor).unwrap();
            assert_eq!(published_names(&mut world), ["renamed"], "{way:?}");
        }
    }
}

#[test]
fn a_survivor_that_loses_the_component_is_not_published_when_it_is_despawned() {
    // Bevy forgets the commands of an operation that panics in the world's last command, this crate's included.
    for way in WAYS.into_iter().filter(|way| *way != Way::Command) {
        for mut world in worlds() {
            let survivor = survivor(&mut world, way);
            world.entity_mut(survivor).remove::<Name>();
            world.despawn(survivor);
            assert!(published_names(&mut world).is_empty(), "{way:?}");
        }
    }
}

#[test]
fn a_survivor_whose_later_capture_declines_is_not_published() {
    for way in WAYS {
        let mut world = World::new();
        world.track_deletes::<Label>();
        let survivor = survivor(&mut world, way);
        world.get_mut::<Name>(survivor).unwrap().0 = "";
        world.despawn(survivor);
        assert!(published::<Label>(&mut world).is_empty(), "{way:?}");
    }
}

#[test]
fn a_survivor_that_is_despawned_under_the_ignoring_policy_is_not_published() {
    for way in WAYS {
        let mut app = App::new();
        app.add_plugins(PostDeletePlugin::<Name>::default());
        let survivor = survivor(app.world_mut(), way);
        app.add_plugins(PostDeletePlugin::<Name>::default().despawn_policy(DespawnPolicy::Ignore));
        app.world_mut().despawn(survivor);
        assert!(published_names(app.world_mut()).is_empty(), "{way:?}");
    }
}

#[test]
fn a_survivor_among_many_costs_no_other_message() {
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
fn a_capture_that_panics_retracts_what_another_type_has_captured_of_the_entity() {
    #[derive(Component)]
    struct Cracked;

    struct Broken;

    impl Snapshot for Broken {
        type Component = Cracked;

        fn capture(_: EntityMut<'_>) -> Option<Self> {
            panic!("on purpose");
        }
    }

    // Whichever of the two is captured first.
    for is_name_first in [false, true] {
        let mut world = World::new();
        if is_name_first {
            world.register_component::<Name>();
        }
        world.register_component::<Cracked>();
        world.track_deletes::<Name>();
        world.track_deletes::<Broken>();
        let entity = world.spawn((Name("survivor"), Cracked)).id();
        for delete in [
            (|world, entity| _ = world.despawn(entity)) as fn(&mut World, Entity),
            |world, entity| drop(world.delete(entity)),
            |world, entity| drop(world.delete_batch([entity])),
        ] {
            catch_panic(|| delete(&mut world, entity));
            assert!(published_names(&mut world).is_empty());
        }
        world.entity_mut(entity).remove::<(Cracked, Name)>();
        world.despawn(entity);
        assert!(published_names(&mut world).is_empty());
    }
}

#[test]
fn entities_that_are_not_reached_after_a_panic_survive_and_keep_their_hierarchy() {
    // In deletion order: the third child is despawned, the second panics, the first and the parent are not reached.
    for children in [3, 100] {
        let mut world = world_of_names();
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
        assert_eq!(survivors, expected, "the parent still has its living children");

        disarm(&mut world, children[1]);
        world.despawn(parent);
        let mut rest = published_numbers(&mut world);
        rest.sort_unstable();
        assert_eq!(rest, [0, 1, 2]);
    }
}

/// A snapshot whose drop panics while it is armed.
#[derive(Component, Clone)]
struct Grenade {
    number: u32,
    is_armed: bool,
}

impl Drop for Grenade {
    fn drop(&mut self) {
        assert!(!self.is_armed || std::thread::panicking(), "on purpose");
    }
}

#[test]
fn a_snapshot_whose_drop_panics_while_it_is_retracted_costs_no_other_message() {
    let mut world = World::new();
    world.track_deletes::<Grenade>();
    let grenade = |number, is_armed| Grenade { number, is_armed };
    world.spawn(grenade(1, false)).despawn();
    let survivor = world.spawn((grenade(2, true), ARMED)).id();
    catch_panic(|| _ = world.despawn(survivor));
    world.get_mut::<Grenade>(survivor).unwrap().is_armed = false;
    catch_panic(|| world.flush());
    world.spawn(grenade(3, false)).despawn();
    let numbers: Vec<_> = published::<Grenade>(&mut world)
        .into_iter()
        .map(|deleted| deleted.snapshot.number)
        .collect();
    assert_eq!(numbers, [1, 3]);
}

#[test]
fn snapshots_whose_drops_panic_do_not_abort_when_a_capture_panics() {
    #[derive(Component)]
    struct Fuse(bool);

    struct Burning(#[allow(dead_code, reason = "dropped")] Grenade);

    impl Snapshot for Burning {
        type Component = Fuse;

        fn capture(entity: EntityMut<'_>) -> Option<Self> {
            assert!(!entity.get::<Fuse>()?.0, "on purpose");
            Some(Self(Grenade {
                number: 0,
                is_armed: true,
            }))
        }
    }

    let mut world = World::new();
    world.track_deletes::<Burning>();
    world.spawn(Fuse(true));
    world.spawn_batch((0..40).map(|_| Fuse(false)));
    catch_panic(|| drop(world.delete_all::<With<Fuse>>()));
    assert_eq!(world.query::<&Fuse>().iter(&world).count(), 41);
    assert!(published::<Burning>(&mut world).is_empty());
}
