//! Guarantee 8, from all sides: whatever fails and wherever, the outcome is defined, nothing leaks, and the world goes
//! on.

use std::sync::atomic::{AtomicUsize, Ordering};

use bevy_app::{AppLabel, SubApp, prelude::*};
use bevy_ecs::{component::ComponentId, message::Messages, prelude::*, schedule::ScheduleLabel};
use bevy_post_delete::prelude::*;

use crate::support::{Alive, Name, Seen, catch_panic, published_names, see, world_of_names};

/// A value that is counted, and panics when it is cloned if it is told to.
#[derive(Component)]
struct Fragile {
    number: usize,
    cracked: bool,
    alive: Alive<'static>,
}

impl Clone for Fragile {
    fn clone(&self) -> Self {
        assert!(!self.cracked, "on purpose");
        let (number, alive) = (self.number, self.alive.clone());
        Self {
            number,
            cracked: false,
            alive,
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Tree,
    Despawn,
    All,
    Batch,
}

const SIZE: usize = 6;

/// A family of whom one is cracked. Returns them all, the root first.
fn spawn_family(world: &mut World, cracked: usize, count: &'static AtomicUsize) -> Vec<Entity> {
    let fragile = |number| Fragile {
        number,
        cracked: number == cracked,
        alive: Alive::new(count),
    };
    let root = world.spawn(fragile(0)).id();
    let mut family = vec![root];
    for number in 1..SIZE {
        let parent = family[(number - 1) / 2];
        family.push(world.spawn((fragile(number), ChildOf(parent))).id());
    }
    family
}

/// A clone that panics at any entity of a tree, by any way it goes, watched by others or not.
#[test]
fn a_clone_that_panics_anywhere() {
    static COUNT: AtomicUsize = AtomicUsize::new(0);

    for way in [Way::Tree, Way::Despawn, Way::All, Way::Batch] {
        for cracked in 0..SIZE {
            for watched in [false, true] {
                let case = format!("{way:?} with {cracked} cracked, watched: {watched}");
                let mut world = world_of_names();
                world.track_deletes::<Fragile>();
                if watched {
                    world.add_observer(|_: On<Remove<Fragile>>| {});
                }
                let family = spawn_family(&mut world, cracked, &COUNT);
                catch_panic(|| match way {
                    Way::Tree => drop(world.delete(family[0])),
                    Way::Despawn => drop(world.despawn(family[0])),
                    Way::All => drop(world.delete_all::<With<Fragile>>()),
                    Way::Batch => drop(world.delete_batch(family.iter().rev().copied())),
                });
                // The deletion is over: what goes now is not blamed on it.
                let bystander = world.spawn(Name("bystander")).id();
                world.despawn(bystander);
                world.publish_deletes();
                let mut messages = world.resource_mut::<Messages<PostDelete<Name>>>();
                let origins: Vec<_> = messages.drain().map(|told| told.origin.kind).collect();
                assert_eq!(origins, [DeleteKind::Despawn], "{case}");

                // Who is gone was told once, and nobody else was.
                let mut messages = world.resource_mut::<Messages<PostDelete<Fragile>>>();
                let mut told: Vec<usize> = messages.drain().map(|told| told.snapshot.number).collect();
                told.sort_unstable();
                let gone = |number: &usize| world.get_entity(family[*number]).is_err();
                let gone: Vec<usize> = (0..SIZE).filter(gone).collect();
                assert_eq!(told, gone, "{case}");
                assert!(world.get_entity(family[cracked]).is_ok(), "{case}");

                // Mended, the rest goes, and is told.
                if let Some(mut fragile) = world.get_mut::<Fragile>(family[cracked]) {
                    fragile.cracked = false;
                }
                world.delete_all::<With<Fragile>>();
                world.publish_deletes();
                let mut messages = world.resource_mut::<Messages<PostDelete<Fragile>>>();
                assert_eq!(messages.drain().count() + gone.len(), SIZE, "{case}");
                drop(world);
                assert_eq!(COUNT.load(Ordering::Relaxed), 0, "{case}: nothing leaks");
            }
        }
    }
}

/// The resources that a world has only because it tracks something.
fn resources_of_ours() -> Vec<ComponentId> {
    let mut world = World::new();
    let before: Vec<ComponentId> = world.resource_entities().iter().map(|(id, _)| id).collect();
    world.track_deletes::<Name>();
    let after = world.resource_entities().iter().map(|(id, _)| id);
    after.filter(|id| !before.contains(id)).collect()
}

#[test]
fn a_resource_of_ours_that_somebody_removes() {
    let ours = resources_of_ours();
    assert!(ours.len() >= 3);
    for removed in ours {
        // Its components are registered in the same order, and so have the same ids.
        let mut world = world_of_names();
        let world = &mut world;
        assert!(world.resource_entities().get(removed).is_some());
        world.remove_resource_by_id(removed);

        // Whatever is told of it, it goes, and nothing fails.
        let root = world.spawn((Name("root"), children![Name("child")])).id();
        assert_eq!(world.delete(root).unwrap().entity_count(), 2, "without {removed:?}");
        world.spawn(Name("despawned")).despawn();
        world.spawn(Name("one of all"));
        assert_eq!(
            world.delete_all::<With<Name>>().entity_count(),
            1,
            "without {removed:?}"
        );
        world.publish_deletes();

        // And tracking again, which an untrack makes sure of, brings all back.
        world.untrack_deletes::<Name>();
        world.track_deletes::<Name>();
        let root = world.spawn((Name("root"), children![Name("child")])).id();
        world.delete(root).unwrap();
        assert_eq!(published_names(world), ["child", "root"], "without {removed:?}");
    }
}

#[test]
fn messages_that_a_user_drains_or_replaces() {
    let mut world = world_of_names();
    world.spawn(Name("drained")).delete().unwrap();
    assert_eq!(published_names(&mut world), ["drained"]);

    world.spawn(Name("before")).delete().unwrap();
    world.insert_resource(Messages::<PostDelete<Name>>::default());
    world.spawn(Name("after")).delete().unwrap();
    assert_eq!(
        published_names(&mut world),
        ["before", "after"],
        "what was pending is not in there"
    );

    world.spawn(Name("told")).delete().unwrap();
    world.publish_deletes();
    world.insert_resource(Messages::<PostDelete<Name>>::default());
    world.spawn(Name("last")).delete().unwrap();
    assert_eq!(
        published_names(&mut world),
        ["last"],
        "what was published is thrown away with them"
    );
}

#[test]
fn a_plugin_in_a_sub_app_only() {
    #[derive(AppLabel, Clone, Copy, Debug, PartialEq, Eq, Hash)]
    struct Simulation;

    let mut sub_app = SubApp::new();
    sub_app.add_plugins(PostDeletePlugin::<Name>::default());
    // A sub-app has one schedule, and publishes where its owner says.
    sub_app.update_schedule = Some(Update.intern());
    sub_app
        .init_resource::<Seen>()
        .add_systems(Update, (publish_deletes, see).chain());
    let mut app = App::new();
    app.insert_sub_app(Simulation, sub_app);

    app.world_mut().spawn(Name("of the main world")).delete().unwrap();
    let world = app.sub_app_mut(Simulation).world_mut();
    world.spawn(Name("of the sub-app")).delete().unwrap();
    app.update();
    assert!(!app.world().is_tracking_deletes::<Name>());
    let world = app.sub_app(Simulation).world();
    assert_eq!(world.resource::<Seen>().0, ["of the sub-app"]);
}
