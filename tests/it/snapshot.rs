//! `Snapshot`: custom snapshot types and their captures.

use bevy_ecs::{prelude::*, world::EntityMut};
use bevy_post_delete::prelude::*;

use crate::support::{Name, Number, published};

#[test]
fn several_snapshot_types_can_track_one_component() {
    struct Doubled(u32);

    impl Snapshot for Doubled {
        type Component = Number;

        fn capture(entity: EntityMut<'_>) -> Option<Self> {
            Some(Self(entity.get::<Number>()?.0 * 2))
        }
    }

    struct Named(u32, &'static str);

    impl Snapshot for Named {
        type Component = Number;

        fn capture(entity: EntityMut<'_>) -> Option<Self> {
            Some(Self(entity.get::<Number>()?.0, entity.get::<Name>()?.0))
        }
    }

    for already_spawned in [false, true] {
        let mut world = World::new();
        if already_spawned {
            world.spawn(Number(0));
        }
        world.track_deletes::<Number>();
        world.track_deletes::<Doubled>();
        world.track_deletes::<Named>();
        let named = world.spawn((Number(1), Name("one"))).id();
        let unnamed = world.spawn(Number(2)).id();
        world.delete(named).unwrap();
        world.despawn(unnamed);
        let numbers: Vec<_> = published::<Number>(&mut world)
            .iter()
            .map(|deleted| deleted.snapshot.0)
            .collect();
        let doubled: Vec<_> = published::<Doubled>(&mut world)
            .iter()
            .map(|deleted| deleted.snapshot.0)
            .collect();
        let named: Vec<_> = published::<Named>(&mut world)
            .iter()
            .map(|deleted| (deleted.snapshot.0, deleted.snapshot.1))
            .collect();
        assert_eq!(numbers, [1, 2]);
        assert_eq!(doubled, [2, 4]);
        assert_eq!(named, [(1, "one")], "the capture returns `None` without a name");
    }
}

#[test]
fn a_capture_can_move_data_out_of_the_component() {
    #[derive(Component)]
    struct Mesh(Vec<u8>);

    struct DeadMesh(Vec<u8>);

    impl Snapshot for DeadMesh {
        type Component = Mesh;

        fn capture(mut entity: EntityMut<'_>) -> Option<Self> {
            Some(Self(std::mem::take(&mut entity.get_mut::<Mesh>()?.0)))
        }
    }

    let mut world = World::new();
    world.track_deletes::<DeadMesh>();
    let bytes = vec![7; 1000];
    let address = bytes.as_ptr();
    let mesh = world.spawn(Mesh(bytes)).id();
    world.delete(mesh).unwrap();
    let messages = published::<DeadMesh>(&mut world);
    assert_eq!(messages[0].snapshot.0, [7; 1000]);
    assert_eq!(
        messages[0].snapshot.0.as_ptr(),
        address,
        "the data is moved, not copied"
    );
}

#[test]
fn only_entities_with_the_component_are_captured() {
    struct Anything;

    impl Snapshot for Anything {
        type Component = Number;

        fn capture(_: EntityMut<'_>) -> Option<Self> {
            Some(Self) // ignores the entity
        }
    }

    for is_observed in [false, true] {
        let mut world = World::new();
        world.track_deletes::<Anything>();
        if is_observed {
            world.add_observer(|_: On<Remove<Name>>| {});
        }
        let root = world.spawn((Name("root"), children![Number(1), Name("child")])).id();
        world.delete(root).unwrap();
        world.spawn_batch([Name("a"), Name("b")]);
        world.delete_all::<With<Name>>();
        assert_eq!(published::<Anything>(&mut world).len(), 1);
    }
}

#[test]
fn removing_a_tracked_resource_is_not_published() {
    #[derive(Resource, Clone)]
    struct Level;

    let mut world = World::new();
    world.track_deletes::<Level>();
    world.insert_resource(Level);
    world.remove_resource::<Level>();
    assert!(
        published::<Level>(&mut world).is_empty(),
        "the entity of the resource survives"
    );
}
