//! Tracked relationship targets, which lose their sources during a delete, and relationships that a delete removes.

use bevy_app::prelude::*;
use bevy_ecs::{prelude::*, world::EntityMut};
use bevy_post_delete::prelude::*;

use crate::support::{Name, catch_panic, published, world_tracking_names};

/// The number of children that a deleted parent had.
#[derive(Debug, PartialEq, Eq)]
struct Parent(usize);

impl Snapshot for Parent {
    type Component = Children;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        Some(Self(entity.get::<Children>()?.len()))
    }
}

#[derive(Component, Clone, Debug, PartialEq, Eq)]
#[relationship(relationship_target = Squad)]
struct InSquad(Entity);

#[derive(Component, Clone, Debug, PartialEq, Eq)]
#[relationship_target(relationship = InSquad, linked_spawn)]
struct Squad(Vec<Entity>);

#[derive(Component)]
#[relationship(relationship_target = Watchers)]
struct Watches(Entity);

#[derive(Component, Clone, Debug, PartialEq, Eq)]
#[relationship_target(relationship = Watches)]
struct Watchers(Vec<Entity>);

fn world_tracking_parents() -> World {
    let mut world = World::new();
    world.track_deletes::<Parent>();
    world
}

/// Spawns a root with `count` children, the first of which has a child itself.
fn spawn_family(world: &mut World, count: usize) -> Entity {
    let root = world.spawn_empty().id();
    let children: Vec<Entity> = (0..count).map(|_| world.spawn(ChildOf(root)).id()).collect();
    world.spawn(ChildOf(children[0]));
    root
}

/// Publishes, and returns the entities with the numbers of their children.
fn published_parents(world: &mut World) -> Vec<(Entity, usize)> {
    let published = published::<Parent>(world).into_iter();
    published.map(|deleted| (deleted.entity, deleted.snapshot.0)).collect()
}

fn first_child(world: &World, parent: Entity) -> Entity {
    world.get::<Children>(parent).unwrap()[0]
}

#[test]
fn children_are_captured_on_every_path() {
    let paths: [fn(&mut World, Entity); 6] = [
        |world, root| _ = world.delete(root),
        |world, root| _ = world.delete_batch([root]),
        |world, root| _ = world.delete_batch([first_child(world, root), root]),
        |world, _| _ = world.delete_all::<With<Children>>(),
        |world, _| _ = world.delete_all_where::<&Children, ()>(|_| true),
        |world, root| _ = world.despawn(root),
    ];
    for path in paths {
        for count in [1, 3, 1_100] {
            let mut world = world_tracking_parents();
            let root = spawn_family(&mut world, count);
            let child = first_child(&world, root);
            path(&mut world, root);
            let mut published = published_parents(&mut world);
            published.sort_by_key(|(entity, _)| *entity != root);
            assert_eq!(published, [(root, count), (child, 1)]);
        }
    }
}

#[test]
fn the_origin_and_order_of_captured_children_are_those_of_the_delete() {
    let mut world = world_tracking_parents();
    let root = spawn_family(&mut world, 2);
    let child = first_child(&world, root);
    let report = world.delete(root).unwrap();
    assert_eq!(report.count::<Parent>(), 2);
    let published = published::<Parent>(&mut world);
    let origins: Vec<_> = published
        .iter()
        .map(|deleted| (deleted.entity, deleted.origin.kind, deleted.origin.root))
        .collect();
    let expected = [
        (child, DeleteKind::Cascade, Some(root)),
        (root, DeleteKind::Direct, Some(root)),
    ];
    assert_eq!(origins, expected);
    assert!(
        published
            .iter()
            .all(|deleted| deleted.origin.operation == report.operation())
    );
}

#[test]
fn a_custom_linked_relationship_target_is_captured_whole() {
    let mut world = World::new();
    world.track_deletes::<Squad>();
    world.track_deletes::<InSquad>();
    let leader = world.spawn_empty().id();
    let members: Vec<Entity> = (0..3).map(|_| world.spawn(InSquad(leader)).id()).collect();
    world.delete(leader).unwrap();
    let squads = published::<Squad>(&mut world);
    assert_eq!(squads.len(), 1);
    assert_eq!((squads[0].entity, &squads[0].snapshot.0), (leader, &members));
    assert_eq!(published::<InSquad>(&mut world).len(), 3);
}

#[test]
fn a_target_without_linked_spawn_is_captured_whole_in_a_batch_with_its_sources() {
    let mut world = World::new();
    world.track_deletes::<Watchers>();
    let watched = world.spawn_empty().id();
    let watcher = world.spawn(Watches(watched)).id();
    world.delete_batch([watcher, watched]);
    let published = published::<Watchers>(&mut world);
    assert_eq!(published.len(), 1);
    assert_eq!(
        (published[0].entity, &published[0].snapshot.0),
        (watched, &vec![watcher])
    );
}

#[test]
fn both_components_of_a_linked_cycle_are_published_once() {
    for is_observed in [false, true] {
        let mut world = World::new();
        world.track_deletes::<Squad>();
        world.track_deletes::<InSquad>();
        if is_observed {
            world.add_observer(|_: On<Despawn<InSquad>>| {});
        }
        let [a, b, c] = [(); 3].map(|()| world.spawn_empty().id());
        world.entity_mut(a).insert(InSquad(b));
        world.entity_mut(b).insert(InSquad(c));
        world.entity_mut(c).insert(InSquad(a));
        assert_eq!(world.delete(a).unwrap().entity_count(), 3);
        let mut links: Vec<_> = published::<InSquad>(&mut world)
            .into_iter()
            .map(|deleted| (deleted.entity, deleted.snapshot.0))
            .collect();
        links.sort_by_key(|(entity, _)| [a, b, c].iter().position(|known| known == entity));
        assert_eq!(links, [(a, b), (b, c), (c, a)]);
        let mut squads: Vec<_> = published::<Squad>(&mut world)
            .into_iter()
            .map(|deleted| (deleted.entity, deleted.snapshot.0))
            .collect();
        squads.sort_by_key(|(entity, _)| [a, b, c].iter().position(|known| known == entity));
        assert_eq!(squads, [(a, vec![c]), (b, vec![a]), (c, vec![b])]);
    }
}

#[test]
fn a_parent_that_survives_a_panic_is_published_by_its_later_despawn_only() {
    let mut world = world_tracking_parents();
    let root = spawn_family(&mut world, 2);
    let panics = world.add_observer(|_: On<Despawn<ChildOf>>| panic!("on purpose")).id();
    catch_panic(|| _ = world.delete(root));
    world.despawn(panics);
    assert!(published_parents(&mut world).is_empty());
    assert!(world.get_entity(root).is_ok());
    world.spawn(ChildOf(root));
    let count = world.get::<Children>(root).unwrap().len();
    world.delete(root).unwrap();
    let published = published_parents(&mut world);
    assert_eq!(
        published
            .iter()
            .filter(|(entity, _)| *entity == root)
            .collect::<Vec<_>>(),
        [&(root, count)]
    );
}

#[test]
fn a_capture_that_panics_before_the_first_despawn_despawns_nothing() {
    struct Panicking;
    impl Snapshot for Panicking {
        type Component = Squad;

        fn capture(entity: EntityMut<'_>) -> Option<Self> {
            assert!(entity.get::<Squad>()?.0.len() < 2, "on purpose");
            Some(Self)
        }
    }
    let mut world = World::new();
    world.track_deletes::<Panicking>();
    let leader = world.spawn_empty().id();
    let member = world.spawn(InSquad(leader)).id();
    world.spawn(InSquad(leader));
    world.spawn(InSquad(member));
    catch_panic(|| _ = world.delete(leader));
    assert_eq!(world.query::<&InSquad>().iter(&world).len(), 3);
    assert!(published::<Panicking>(&mut world).is_empty());
    world.delete(member).unwrap();
    assert_eq!(published::<Panicking>(&mut world).len(), 1);
    world.delete(leader).unwrap();
    assert_eq!(published::<Panicking>(&mut world).len(), 1);
}

#[test]
fn a_parent_that_other_code_despawns_during_the_delete_is_published_once() {
    for is_deleted in [false, true] {
        let mut world = world_tracking_parents();
        let root = spawn_family(&mut world, 3);
        world.add_observer(move |_: On<Despawn<ChildOf>>, mut commands: Commands| {
            commands.queue(move |world: &mut World| {
                if is_deleted {
                    _ = world.delete(root);
                } else {
                    _ = world.try_despawn(root);
                }
            });
        });
        world.delete(root).unwrap();
        let published = published_parents(&mut world);
        let roots: Vec<_> = published.iter().filter(|(entity, _)| *entity == root).collect();
        assert_eq!(roots, [&(root, 3)]);
        assert_eq!(published.len(), 2);
    }
}

#[test]
fn a_publish_during_the_delete_publishes_no_living_parent() {
    #[derive(Resource, Default)]
    struct Living(usize);

    let mut world = world_tracking_parents();
    world.init_resource::<Living>();
    let root = spawn_family(&mut world, 3);
    world.add_observer(|_: On<Despawn<ChildOf>>, mut commands: Commands| {
        commands.queue(|world: &mut World| world.publish_deletes());
    });
    world.add_observer(
        |deleted: On<PostDelete<Parent>>, entities: &bevy_ecs::entity::Entities, mut living: ResMut<Living>| {
            living.0 += usize::from(entities.contains_spawned(deleted.entity));
        },
    );
    world.delete(root).unwrap();
    assert_eq!(world.resource::<Living>().0, 0);
    assert_eq!(published_parents(&mut world).len(), 2);
}

#[test]
fn children_are_not_published_as_removals_during_a_delete() {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Parent>::default().with_removals());
    let world = app.world_mut();
    let root = spawn_family(world, 3);
    world.delete(root).unwrap();
    let kinds: Vec<_> = published::<Parent>(world)
        .into_iter()
        .map(|deleted| (deleted.origin.kind, deleted.snapshot.0))
        .collect();
    assert_eq!(kinds, [(DeleteKind::Cascade, 1), (DeleteKind::Direct, 3)]);
}

#[test]
fn a_type_that_is_untracked_during_the_delete_is_not_published() {
    let mut world = world_tracking_names();
    world.track_deletes::<Parent>();
    let root = spawn_family(&mut world, 3);
    world.entity_mut(root).insert(Name("root"));
    world.add_observer(|_: On<Despawn<ChildOf>>, mut commands: Commands| {
        commands.queue(|world: &mut World| _ = world.untrack_deletes::<Parent>());
    });
    world.delete(root).unwrap();
    assert_eq!(published::<Name>(&mut world).len(), 1);
    assert!(!world.is_tracking_deletes::<Parent>());
    world.track_deletes::<Parent>();
    assert!(published::<Parent>(&mut world).is_empty());
}

#[test]
fn the_children_of_an_entity_that_joins_the_tree_during_the_delete_are_captured() {
    #[derive(Component)]
    struct Spawner;

    let mut world = world_tracking_parents();
    let root = world.spawn_empty().id();
    world.spawn((Spawner, ChildOf(root)));
    world.add_observer(move |_: On<Despawn<Spawner>>, mut commands: Commands| {
        commands.spawn((ChildOf(root), children![(), ()]));
    });
    world.delete(root).unwrap();
    let published = published_parents(&mut world);
    assert_eq!(published.len(), 2);
    assert_eq!(published[0].1, 2);
    assert_eq!(published[1], (root, 1));
}

#[test]
fn a_child_that_joins_an_entity_without_children_during_the_delete_is_in_its_snapshot() {
    #[derive(Component)]
    struct Spawner;

    let mut world = world_tracking_parents();
    let root = world.spawn_empty().id();
    let childless = world.spawn(ChildOf(root)).id();
    world.spawn((Spawner, ChildOf(root)));
    world.add_observer(move |_: On<Despawn<Spawner>>, mut commands: Commands| {
        commands.spawn(ChildOf(childless));
    });
    world.delete(root).unwrap();
    assert_eq!(published_parents(&mut world), [(childless, 1), (root, 2)]);
}

#[test]
fn a_relationship_without_linked_spawn_is_captured_if_its_target_is_deleted_first() {
    let mut world = World::new();
    world.track_deletes::<Watching>();
    let root = world.spawn_empty().id();
    let watcher = world.spawn(ChildOf(root)).id();
    let watched = world.spawn(ChildOf(root)).id();
    world.entity_mut(watcher).insert(Watches(watched));
    world.delete(root).unwrap();
    let published = published::<Watching>(&mut world);
    assert_eq!(published.len(), 1);
    assert_eq!((published[0].entity, published[0].snapshot.0), (watcher, watched));
}

/// The entity that a deleted entity watched.
struct Watching(Entity);

impl Snapshot for Watching {
    type Component = Watches;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        Some(Self(entity.get::<Watches>()?.0))
    }
}

#[test]
fn all_components_of_an_entity_that_an_inner_call_deletes_have_the_origin_of_that_call() {
    const LEVEL_UNLOADED: DeleteReason = DeleteReason::new("level unloaded");
    const EMPTY: DeleteReason = DeleteReason::new("empty");

    // The parent is a child, and another tracked component is observed or not.
    for (is_child, is_observed) in [(false, false), (true, false), (true, true)] {
        let mut world = world_tracking_names();
        world.track_deletes::<Parent>();
        if is_observed {
            world.add_observer(|_: On<Remove<Name>>| {});
        }
        let level = world.spawn_empty().id();
        let family = world.spawn((Name("family"), children![(), ()])).id();
        if is_child {
            world.entity_mut(family).insert(ChildOf(level));
        } else {
            world.entity_mut(family).insert(InSquad(level));
        }
        world.add_observer(move |removed: On<Remove<Children>>, mut commands: Commands| {
            if removed.entity == family {
                commands.queue(move |world: &mut World| {
                    // Without relationships, the entity is deleted alone.
                    world.entity_mut(family).remove::<InSquad>();
                    _ = world.because(EMPTY).delete(family);
                });
            }
        });
        world.because(LEVEL_UNLOADED).delete(level).unwrap();
        let names = published::<Name>(&mut world).into_iter().map(|deleted| deleted.origin);
        let names: Vec<_> = names.collect();
        let parents = published::<Parent>(&mut world).into_iter();
        let parents: Vec<_> = parents
            .filter(|deleted| deleted.entity == family)
            .map(|deleted| deleted.origin)
            .collect();
        assert!(names[0].has_reason(EMPTY));
        assert_eq!((names[0].kind, names.len()), (DeleteKind::Direct, 1));
        assert_eq!(parents, names);
    }
}

#[test]
fn a_panic_of_an_inner_delete_drops_no_snapshot_of_the_outer_one() {
    #[derive(Component)]
    struct Bomb;

    let mut world = world_tracking_parents();
    let root = spawn_family(&mut world, 2);
    world.entity_mut(root).insert(Bomb);
    let panics = world.add_observer(|_: On<Despawn<Bomb>>| panic!("on purpose")).id();
    world.add_observer(move |_: On<Despawn<ChildOf>>, mut commands: Commands| {
        commands.queue(move |world: &mut World| {
            if world.get_entity(panics).is_ok() {
                catch_panic(|| _ = world.delete(root));
                world.despawn(panics);
            }
        });
    });
    world.delete(root).unwrap();
    let roots = published_parents(&mut world)
        .into_iter()
        .filter(|(entity, _)| *entity == root);
    assert_eq!(roots.collect::<Vec<_>>(), [(root, 2)]);
}

#[test]
fn a_target_that_a_panicking_delete_removes_from_a_survivor_is_published_as_a_removal() {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Squad>::default().with_removals());
    let world = app.world_mut();
    let leader = world.spawn(Name("leader")).id();
    let member = world.spawn(InSquad(leader)).id();
    let panics = world.add_observer(|_: On<Despawn<Name>>| panic!("on purpose")).id();
    catch_panic(|| _ = world.delete(leader));
    assert!(world.get::<Squad>(leader).is_none());
    let [removed] = published::<Squad>(world).try_into().unwrap();
    assert_eq!((removed.entity, removed.snapshot.0), (leader, vec![member]));
    assert_eq!((removed.origin.kind, removed.origin.root), (DeleteKind::Remove, None));

    world.despawn(panics);
    world.delete(leader).unwrap();
    assert!(published::<Squad>(world).is_empty());
}
