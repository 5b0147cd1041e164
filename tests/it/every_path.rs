//! Guarantee 3: whatever road an entity goes, it is told.

use bevy_app::prelude::*;
use bevy_ecs::{
    entity_disabling::Disabled, lifecycle::HookContext, prelude::*, schedule::ScheduleLabel, world::DeferredWorld,
};
use bevy_post_delete::prelude::*;

use crate::support::{
    Crew, Likes, Name, Number, ServesOn, app_of_names, published, published_names, see, seen, world_of_names,
};

/// A world that tracks names by the component's hook, and one that does by an observer.
fn worlds() -> [World; 2] {
    let by_hook = world_of_names();
    let mut by_observer = World::new();
    let early = by_observer.spawn(Name("early")).id();
    by_observer.track_deletes::<Name>();
    by_observer.entity_mut(early).remove::<Name>();
    [by_hook, by_observer]
}

#[test]
fn single_deletes() {
    for mut world in worlds() {
        const BY: DeleteReason = DeleteReason::new("a test");
        let names = ["1", "2", "3", "4", "5", "6"];
        let ids = names.map(|name| world.spawn(Name(name)).id());
        world.delete(ids[0]).unwrap();
        world.delete_with(ids[1], BY).unwrap();
        world.entity_mut(ids[2]).delete().unwrap();
        world.commands().entity(ids[3]).delete();
        world.commands().entity(ids[4]).delete_with(BY);
        world.commands().entity(ids[5]).try_delete();
        world.flush();
        assert_eq!(published_names(&mut world), names);
    }
}

#[test]
fn single_despawns() {
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
fn bulk_deletes_and_despawns() {
    for mut world in worlds() {
        let mut expect_all = |delete: fn(&mut World)| {
            world.spawn_batch([Name("a"), Name("b"), Name("c")]);
            delete(&mut world);
            world.flush();
            let mut names = published_names(&mut world);
            names.sort_unstable();
            assert_eq!(names, ["a", "b", "c"]);
        };
        expect_all(|world| drop(world.delete_all::<With<Name>>()));
        expect_all(|world| drop(world.because(DeleteReason::new("over")).delete_all::<With<Name>>()));
        expect_all(|world| drop(world.delete_all_where::<&Name, ()>(|_| true)));
        expect_all(|world| {
            let all: Vec<_> = world.query_filtered::<Entity, With<Name>>().iter(world).collect();
            world.delete_batch(all);
        });
        expect_all(|world| world.commands().delete_all::<With<Name>>());
        expect_all(|world| {
            let reason = DeleteReason::new("over");
            world.commands().because(reason).delete_all::<With<Name>>();
        });
        expect_all(|world| world.commands().delete_all_where::<&Name, ()>(|_| true));
        expect_all(|world| {
            let all: Vec<_> = world.query_filtered::<Entity, With<Name>>().iter(world).collect();
            world.commands().delete_batch(all);
        });
        expect_all(World::despawn_all::<With<Name>>);
        expect_all(|world| world.despawn_all_where::<&Name, ()>(|_| true));
        expect_all(|world| world.commands().despawn_all::<With<Name>>());
    }
}

#[test]
fn cascades_of_the_hierarchy_and_of_a_relation_of_ones_own() {
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
            assert_eq!(published_names(&mut world), ["fan"], "who only likes it stays");
        }
    }
}

#[test]
fn related_entities() {
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
fn what_hooks_and_observers_despawn() {
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
fn commands_of_systems_in_any_schedule() {
    #[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
    struct Mine;

    let mut app = app_of_names();
    app.add_systems(Cleanup, see);
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
        .add_systems(Mine, delete_one);
    app.world_mut().spawn_batch([(); 6].map(|()| Name("one")));
    app.world_mut().run_schedule(Mine);
    app.update();
    assert_eq!(seen(&mut app).len(), 6);
}

#[test]
fn table_and_sparse_set_components_zero_sized_and_immutable_ones() {
    #[derive(Component, Clone)]
    #[component(storage = "SparseSet")]
    struct Sparse(u8);

    #[derive(Component, Clone)]
    struct Nothing;

    #[derive(Component, Clone)]
    #[component(immutable)]
    struct Fixed(u8);

    for early in [false, true] {
        let mut world = World::new();
        if early {
            world.spawn((Sparse(0), Nothing, Fixed(0))).despawn();
        }
        world.track_deletes::<Sparse>();
        world.track_deletes::<Nothing>();
        world.track_deletes::<Fixed>();
        let first = world.spawn((Sparse(1), Nothing, Fixed(2))).id();
        let second = world.spawn((Sparse(3), Nothing, Fixed(4))).id();
        world.delete(first).unwrap();
        world.despawn(second);
        let sparse: Vec<_> = published::<Sparse>(&mut world)
            .into_iter()
            .map(|told| told.snapshot.0)
            .collect();
        assert_eq!(sparse, [1, 3]);
        assert_eq!(published::<Nothing>(&mut world).len(), 2);
        let fixed: Vec<_> = published::<Fixed>(&mut world)
            .into_iter()
            .map(|told| told.snapshot.0)
            .collect();
        assert_eq!(fixed, [2, 4]);
    }
}

#[test]
fn disabled_entities() {
    for mut world in worlds() {
        let parent = world.spawn((Name("parent"), children![(Name("child"), Disabled)])).id();
        let disabled = world.spawn((Name("alone"), Disabled)).id();
        world.delete(parent).unwrap();
        world.delete(disabled).unwrap();
        let disabled = world.spawn((Name("despawned"), Disabled)).id();
        world.despawn(disabled);
        assert_eq!(published_names(&mut world), ["child", "parent", "alone", "despawned"]);
    }
}

#[test]
fn a_component_with_a_despawn_hook_of_its_own_keeps_it() {
    #[derive(Resource, Default)]
    struct Ran(usize);

    #[derive(Component, Clone)]
    #[component(on_despawn = run)]
    struct Hooked;

    fn run(mut world: DeferredWorld, _: HookContext) {
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
fn what_bevy_gives_no_sign_of_is_not_told() {
    let mut world = world_of_names();
    world.spawn(Name("one"));
    world.clear_entities();
    assert!(!world.is_tracking_deletes::<Name>(), "the tracking is an entity, too");

    // The component's hook is still there, and finds nobody to tell.
    let entity = world.spawn((Name("two"), children![Name("child")])).id();
    world.despawn(entity);
    let entity = world.spawn((Name("two"), children![Name("child")])).id();
    assert_eq!(world.delete(entity).unwrap().message_count(), 0);
    world.publish_deletes();
}

/// A squad that goes with its last member, by an observer of what Bevy does to its parent.
fn squad(world: &mut World) -> Entity {
    world.add_observer(|on: On<Remove<Children>>, mut commands: Commands| {
        commands.entity(on.entity).try_despawn();
    });
    world.spawn((Name("squad"), children![Name("a"), Name("b")])).id()
}

#[test]
fn a_parent_that_an_observer_despawns_with_its_last_child() {
    let mut world = world_of_names();
    let squad = squad(&mut world);
    world.commands().entity(squad).delete_children();
    world.flush();
    assert!(world.get_entity(squad).is_err());
    assert_eq!(published_names(&mut world), ["b", "a", "squad"]);
}

#[test]
fn a_parent_that_an_observer_despawns_in_a_bulk_delete() {
    let mut world = world_of_names();
    let squad = squad(&mut world);
    world.delete_all::<With<ChildOf>>();
    assert!(world.get_entity(squad).is_err());
    assert_eq!(published_names(&mut world), ["b", "a", "squad"]);
}

#[test]
fn a_parent_that_an_observer_despawns_in_a_batch() {
    let mut world = world_of_names();
    let squad = squad(&mut world);
    let children: Vec<Entity> = world.get::<Children>(squad).unwrap().to_vec();
    world.delete_batch(children);
    assert!(world.get_entity(squad).is_err());
    assert_eq!(published_names(&mut world), ["a", "b", "squad"]);
}

#[test]
fn what_a_hook_on_children_despawns() {
    fn despawn_too(mut world: DeferredWorld, context: HookContext) {
        world.commands().entity(context.entity).try_despawn();
    }
    let mut world = world_of_names();
    world.register_component_hooks::<Children>().on_remove(despawn_too);
    let squad = world.spawn((Name("squad"), children![Name("a")])).id();
    world.commands().entity(squad).delete_children();
    world.flush();
    assert!(world.get_entity(squad).is_err());
    assert_eq!(published_names(&mut world), ["a", "squad"]);
}

#[test]
fn what_a_hook_on_child_of_despawns() {
    fn despawn_pet(mut world: DeferredWorld, _: HookContext) {
        world.commands().queue(|world: &mut World| {
            world.despawn_all::<With<Number>>();
        });
    }
    let mut world = world_of_names();
    world.register_component_hooks::<ChildOf>().on_remove(despawn_pet);
    world.spawn((Name("pet"), Number(1)));
    let root = world.spawn((Name("root"), children![Name("a")])).id();
    world.delete(root).unwrap();
    let mut names = published_names(&mut world);
    names.sort_unstable();
    assert_eq!(names, ["a", "pet", "root"]);
}

#[test]
fn what_is_deleted_while_a_thread_ends() {
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
            let mut world = world_of_names();
            world.spawn(Name("a"));
            *owner = Some(Owner(world));
        });
        // Storage that is used later is destroyed earlier or later, as the platform likes.
        let mut world = world_of_names();
        world.spawn(Name("b")).delete().unwrap();
    })
    .join()
    .unwrap();
}
