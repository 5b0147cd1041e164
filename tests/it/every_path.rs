//! Guarantee 3: every way to delete or despawn an entity is published.

use bevy_app::prelude::*;
use bevy_ecs::{
    entity_disabling::Disabled, lifecycle::HookContext, prelude::*, schedule::ScheduleLabel, world::DeferredWorld,
};
use bevy_post_delete::prelude::*;

use crate::support::{
    Crew, Likes, Name, Number, ServesOn, app_tracking_names, published, published_names, record_names, take_recorded,
    world_tracking_names,
};

/// Two worlds that track [`Name`]: the first through a component hook, the second through an observer, because the
/// component was spawned before it was tracked.
fn worlds() -> [World; 2] {
    let with_hook = world_tracking_names();
    let mut with_observer = World::new();
    let earlier = with_observer.spawn(Name("earlier")).id();
    with_observer.track_deletes::<Name>();
    with_observer.entity_mut(earlier).remove::<Name>();
    [with_hook, with_observer]
}

#[test]
fn single_deletes_are_published() {
    for mut world in worlds() {
        const KILLED: DeleteReason = DeleteReason::new("killed");
        let names = ["1", "2", "3", "4", "5", "6"];
        let ids = names.map(|name| world.spawn(Name(name)).id());
        world.delete(ids[0]).unwrap();
        world.delete_with(ids[1], KILLED).unwrap();
        world.entity_mut(ids[2]).delete().unwrap();
        world.commands().entity(ids[3]).delete();
        world.commands().entity(ids[4]).delete_with(KILLED);
        world.commands().entity(ids[5]).try_delete();
        world.flush();
        assert_eq!(published_names(&mut world), names);
    }
}

#[test]
fn single_despawns_are_published() {
    for mut world in worlds() {
        let names = ["1", "2", "3", "4", "5", "6"];
        let ids = names.map(|name| world.spawn(Name(name)).id());
        world.despawn(ids[0]);
        world.entity_mut(ids[1]).despawn();
        world.try_despawn(ids[2]).unwrap();
        world.commands().entity(ids[3]).despawn();
        world.commands().entity(ids[4]).try_despawn();
        world.flush();
        world.despawn_no_free(ids[5]);
        assert_eq!(published_names(&mut world), names);
    }
}

#[test]
fn bulk_deletes_and_despawns_are_published() {
    for mut world in worlds() {
        let mut assert_all_published = |delete: fn(&mut World)| {
            world.spawn_batch([Name("a"), Name("b"), Name("c")]);
            delete(&mut world);
            world.flush();
            let mut names = published_names(&mut world);
            names.sort_unstable();
            assert_eq!(names, ["a", "b", "c"]);
        };
        assert_all_published(|world| drop(world.delete_all::<With<Name>>()));
        assert_all_published(|world| drop(world.because(DeleteReason::new("game over")).delete_all::<With<Name>>()));
        assert_all_published(|world| drop(world.delete_all_where::<&Name, ()>(|_| true)));
        assert_all_published(|world| {
            let all: Vec<_> = world.query_filtered::<Entity, With<Name>>().iter(world).collect();
            world.delete_batch(all);
        });
        assert_all_published(|world| world.commands().delete_all::<With<Name>>());
        assert_all_published(|world| {
            let reason = DeleteReason::new("game over");
            world.commands().because(reason).delete_all::<With<Name>>();
        });
        assert_all_published(|world| world.commands().delete_all_where::<&Name, ()>(|_| true));
        assert_all_published(|world| {
            let all: Vec<_> = world.query_filtered::<Entity, With<Name>>().iter(world).collect();
            world.commands().delete_batch(all);
        });
        assert_all_published(World::despawn_all::<With<Name>>);
        assert_all_published(|world| world.despawn_all_where::<&Name, ()>(|_| true));
        assert_all_published(|world| world.commands().despawn_all::<With<Name>>());
    }
}

#[test]
fn cascades_of_hierarchies_and_custom_relationships_are_published() {
    for mut world in worlds() {
        for delete in [true, false] {
            let ship = world
                .spawn((Name("ship"), children![(Name("deck"), children![Name("gun")])]))
                .id();
            let captain = world.spawn((Name("captain"), ServesOn(ship))).id();
            world.spawn((Name("parrot"), ChildOf(captain)));
            world.spawn((Name("fan"), Likes(ship)));
            if delete {
                world.delete(ship).unwrap();
            } else {
                world.despawn(ship);
            }
            let mut names = published_names(&mut world);
            names.sort_unstable();
            assert_eq!(names, ["captain", "deck", "gun", "parrot", "ship"]);
            world.despawn_all::<With<Name>>();
            assert_eq!(
                published_names(&mut world),
                ["fan"],
                "the source of an unlinked relationship survives"
            );
        }
    }
}

#[test]
fn despawns_of_related_entities_are_published() {
    for mut world in worlds() {
        let ship = world.spawn((Name("ship"), children![Name("deck")])).id();
        world.spawn((Name("mate"), ServesOn(ship)));
        world.entity_mut(ship).despawn_related::<Crew>();
        assert_eq!(published_names(&mut world), ["mate"]);
        world.spawn((Name("mate"), ServesOn(ship)));
        world.commands().entity(ship).despawn_related::<Crew>();
        world.commands().entity(ship).despawn_children();
        world.flush();
        assert_eq!(published_names(&mut world), ["mate", "deck"]);
    }
}

#[test]
fn despawns_by_hooks_and_observers_are_published() {
    #[derive(Component)]
    struct Bomb;

    #[derive(Component)]
    #[component(on_remove = explode)]
    struct Fuse(Entity);

    fn explode(mut world: DeferredWorld, context: HookContext) {
        let target = world.get::<Fuse>(context.entity).unwrap().0;
        world.commands().entity(target).despawn();
    }

    for mut world in worlds() {
        world.add_observer(
            |_: On<Remove<Bomb>>, names: Query<(Entity, &Name)>, mut commands: Commands| {
                for (entity, name) in &names {
                    if name.0 == "bystander" {
                        commands.entity(entity).despawn();
                    }
                }
            },
        );
        world.spawn(Name("bystander"));
        let target = world.spawn((Name("target"), Bomb)).id();
        let fuse = world.spawn((Name("fuse"), Fuse(target))).id();
        world.despawn(fuse);
        assert_eq!(published_names(&mut world), ["fuse", "target", "bystander"]);
    }
}

#[test]
fn deletes_in_any_schedule_are_published() {
    #[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
    struct CustomSchedule;

    let mut app = app_tracking_names();
    app.add_systems(Cleanup, record_names);
    fn delete_one(names: Query<Entity, With<Name>>, mut commands: Commands) {
        if let Some(entity) = names.iter().next() {
            commands.entity(entity).delete();
        }
    }
    app.add_systems(Startup, delete_one)
        .add_systems(First, delete_one)
        .add_systems(PreUpdate, delete_one)
        .add_systems(Update, delete_one)
        .add_systems(PostUpdate, delete_one)
        .add_systems(CustomSchedule, delete_one);
    app.world_mut().spawn_batch([(); 6].map(|()| Name("one")));
    app.world_mut().run_schedule(CustomSchedule);
    app.update();
    assert_eq!(take_recorded(&mut app).len(), 6);
}

#[test]
fn sparse_zero_sized_and_immutable_components_are_published() {
    #[derive(Component, Clone)]
    #[component(storage = "SparseSet")]
    struct Sparse(u8);

    #[derive(Component, Clone)]
    struct ZeroSized;

    #[derive(Component, Clone)]
    #[component(immutable)]
    struct Immutable(u8);

    for already_spawned in [false, true] {
        let mut world = World::new();
        if already_spawned {
            world.spawn((Sparse(0), ZeroSized, Immutable(0))).despawn();
        }
        world.track_deletes::<Sparse>();
        world.track_deletes::<ZeroSized>();
        world.track_deletes::<Immutable>();
        let first = world.spawn((Sparse(1), ZeroSized, Immutable(2))).id();
        let second = world.spawn((Sparse(3), ZeroSized, Immutable(4))).id();
        world.delete(first).unwrap();
        world.despawn(second);
        let sparse: Vec<_> = published::<Sparse>(&mut world)
            .into_iter()
            .map(|deleted| deleted.snapshot.0)
            .collect();
        assert_eq!(sparse, [1, 3]);
        assert_eq!(published::<ZeroSized>(&mut world).len(), 2);
        let immutable: Vec<_> = published::<Immutable>(&mut world)
            .into_iter()
            .map(|deleted| deleted.snapshot.0)
            .collect();
        assert_eq!(immutable, [2, 4]);
    }
}

#[test]
fn disabled_entities_are_published() {
    for mut world in worlds() {
        let parent = world.spawn((Name("parent"), children![(Name("child"), Disabled)])).id();
        let disabled = world.spawn((Name("no parent"), Disabled)).id();
        world.delete(parent).unwrap();
        world.delete(disabled).unwrap();
        let disabled = world.spawn((Name("despawned"), Disabled)).id();
        world.despawn(disabled);
        assert_eq!(
            published_names(&mut world),
            ["child", "parent", "no parent", "despawned"]
        );
    }
}

#[test]
fn the_despawn_hook_of_a_tracked_component_still_runs() {
    #[derive(Resource, Default)]
    struct Ran(usize);

    #[derive(Component, Clone)]
    #[component(on_despawn = count_run)]
    struct Hooked;

    fn count_run(mut world: DeferredWorld, _: HookContext) {
        world.resource_mut::<Ran>().0 += 1;
    }

    let mut world = World::new();
    world.init_resource::<Ran>();
    world.track_deletes::<Hooked>();
    let first = world.spawn(Hooked).id();
    let second = world.spawn(Hooked).id();
    world.delete(first).unwrap();
    world.despawn(second);
    world.spawn(Hooked);
    world.delete_all::<With<Hooked>>();
    assert_eq!(published::<Hooked>(&mut world).len(), 3);
    assert_eq!(world.resource::<Ran>().0, 3);
}

#[test]
fn clear_entities_is_not_published_and_untracks_all_types() {
    let mut world = world_tracking_names();
    world.spawn(Name("one"));
    world.clear_entities();
    assert!(!world.is_tracking_deletes::<Name>(), "the registry is an entity, too");

    // The component hook still runs, but finds no registry.
    let entity = world.spawn((Name("two"), children![Name("child")])).id();
    world.despawn(entity);
    let entity = world.spawn((Name("two"), children![Name("child")])).id();
    assert_eq!(world.delete(entity).unwrap().message_count(), 0);
    world.publish_deletes();
}

/// Spawns a parent with two children, and an observer that despawns the parent when its last child is removed.
fn spawn_squad(world: &mut World) -> Entity {
    world.add_observer(|on: On<Remove<Children>>, mut commands: Commands| {
        commands.entity(on.entity).try_despawn();
    });
    world.spawn((Name("squad"), children![Name("a"), Name("b")])).id()
}

#[test]
fn a_parent_despawned_by_an_observer_in_delete_children_is_published() {
    let mut world = world_tracking_names();
    let squad = spawn_squad(&mut world);
    world.commands().entity(squad).delete_children();
    world.flush();
    assert!(world.get_entity(squad).is_err());
    assert_eq!(published_names(&mut world), ["b", "a", "squad"]);
}

#[test]
fn a_parent_despawned_by_an_observer_in_delete_all_is_published() {
    let mut world = world_tracking_names();
    let squad = spawn_squad(&mut world);
    world.delete_all::<With<ChildOf>>();
    assert!(world.get_entity(squad).is_err());
    assert_eq!(published_names(&mut world), ["b", "a", "squad"]);
}

#[test]
fn a_parent_despawned_by_an_observer_in_delete_batch_is_published() {
    let mut world = world_tracking_names();
    let squad = spawn_squad(&mut world);
    let children: Vec<Entity> = world.get::<Children>(squad).unwrap().to_vec();
    world.delete_batch(children);
    assert!(world.get_entity(squad).is_err());
    assert_eq!(published_names(&mut world), ["a", "b", "squad"]);
}

#[test]
fn a_despawn_by_a_hook_of_children_is_published() {
    fn despawn_parent(mut world: DeferredWorld, context: HookContext) {
        world.commands().entity(context.entity).try_despawn();
    }
    let mut world = world_tracking_names();
    world.register_component_hooks::<Children>().on_remove(despawn_parent);
    let squad = world.spawn((Name("squad"), children![Name("a")])).id();
    world.commands().entity(squad).delete_children();
    world.flush();
    assert!(world.get_entity(squad).is_err());
    assert_eq!(published_names(&mut world), ["a", "squad"]);
}

#[test]
fn a_despawn_by_a_hook_of_child_of_is_published() {
    fn despawn_pet(mut world: DeferredWorld, _: HookContext) {
        world.commands().queue(|world: &mut World| {
            world.despawn_all::<With<Number>>();
        });
    }
    let mut world = world_tracking_names();
    world.register_component_hooks::<ChildOf>().on_remove(despawn_pet);
    world.spawn((Name("pet"), Number(1)));
    let root = world.spawn((Name("root"), children![Name("a")])).id();
    world.delete(root).unwrap();
    let mut names = published_names(&mut world);
    names.sort_unstable();
    assert_eq!(names, ["a", "pet", "root"]);
}

#[test]
fn a_delete_in_a_thread_local_destructor_works() {
    std::thread::spawn(|| {
        struct Owner(World);
        impl Drop for Owner {
            fn drop(&mut self) {
                let report = self.0.delete_all::<With<Name>>();
                assert_eq!(report.entity_count(), 1);
            }
        }
        std::thread_local! {
            static OWNER: std::cell::RefCell<Option<Owner>> = const { std::cell::RefCell::new(None) };
        }
        OWNER.with_borrow_mut(|owner| {
            let mut world = world_tracking_names();
            world.spawn(Name("a"));
            *owner = Some(Owner(world));
        });
        // Initializes the crate's thread-local storage after `OWNER`. The order of destruction depends on the platform.
        let mut world = world_tracking_names();
        world.spawn(Name("b")).delete().unwrap();
    })
    .join()
    .unwrap();
}

#[test]
fn a_despawn_by_an_observer_of_the_children_of_a_surviving_parent_is_published() {
    // The source is deleted along with its ship, and is a child of a level that survives.
    let mut world = world_tracking_names();
    let ship = world.spawn(Name("ship")).id();
    let level = world.spawn_empty().id();
    let other = world.spawn(Name("other")).id();
    world.spawn((Name("sailor"), ChildOf(level), ServesOn(ship)));
    world.add_observer(move |_: On<Remove<Children>>, mut commands: Commands| commands.entity(other).despawn());
    world.delete(ship).unwrap();
    assert!(world.get_entity(other).is_err());
    let mut names = published_names(&mut world);
    names.sort_unstable();
    assert_eq!(names, ["other", "sailor", "ship"]);
}
