//! Generic snapshots.

use core::marker::PhantomData;

use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{Enemy, Mesh, Team, capture, published};

#[derive(Component, Clone, Default, PartialEq, Debug)]
struct Wrapper<T>(T);

#[test]
fn a_field_may_be_a_type_parameter() {
    #[derive(Snapshot)]
    struct Dead<C> {
        component: C,
    }

    assert_eq!(
        published::<Dead<Enemy>>(Enemy { gold: 5 }).unwrap().component,
        Enemy { gold: 5 }
    );
    assert_eq!(published::<Dead<Team>>(Team("red")).unwrap().component, Team("red"));
}

#[test]
fn a_field_may_contain_a_type_parameter() {
    #[derive(Snapshot, PartialEq, Debug)]
    struct Dead<T> {
        value: Wrapper<T>,
        other: Option<Wrapper<Vec<T>>>,
    }

    let dead: Dead<u32> = published(Wrapper(7_u32)).unwrap();
    assert_eq!((&dead.value, &dead.other), (&Wrapper(7), &None));
    assert_eq!(Dead::try_clone(&dead), Some(dead));
}

#[test]
fn bounds_may_be_in_a_where_clause_and_on_a_parameter_with_a_default() {
    #[derive(Snapshot)]
    struct Dead<T = u32, U: Into<u64> = u32>
    where
        T: Send + Sync + 'static,
        U: Copy,
    {
        first: Wrapper<T>,
        second: Wrapper<U>,
    }

    let dead: Dead<&'static str> = published((Wrapper("a"), Wrapper(7_u32))).unwrap();
    assert_eq!((dead.first, dead.second), (Wrapper("a"), Wrapper(7)));
}

#[test]
fn a_parameter_need_not_be_component_clone_or_send() {
    #[derive(Component)]
    struct Marker<T>(PhantomData<fn() -> T>);

    impl<T> Clone for Marker<T> {
        fn clone(&self) -> Self {
            Self(PhantomData)
        }
    }

    #[derive(Snapshot)]
    struct Dead<T>(Marker<T>);

    assert!(published::<Dead<*const u8>>(Marker::<*const u8>(PhantomData)).is_some());
}

#[test]
fn a_generic_field_may_be_taken() {
    #[derive(Snapshot)]
    struct Remains<T, C> {
        #[snapshot(take)]
        value: Wrapper<T>,
        #[snapshot(take)]
        component: Option<C>,
    }

    let remains: Remains<Vec<u8>, Mesh> = published((Wrapper(vec![1_u8]), Mesh(vec![2]))).unwrap();
    assert_eq!(
        (remains.value, remains.component),
        (Wrapper(vec![1]), Some(Mesh(vec![2])))
    );
}

#[test]
fn the_tracked_component_may_be_generic() {
    #[derive(Component)]
    struct Tracked<T>(T);

    #[derive(Snapshot)]
    #[snapshot(component = Tracked<T>)]
    struct Dead<T>(Wrapper<T>);

    let tracked = Tracked(1_u32);
    assert_eq!(tracked.0, 1);
    assert_eq!(published::<Dead<u32>>((tracked, Wrapper(2_u32))).unwrap().0, Wrapper(2));
    assert!(published::<Dead<u32>>(Wrapper(2_u32)).is_none());
}

#[test]
fn a_parameter_may_be_a_constant() {
    #[derive(Component, Clone, PartialEq, Debug)]
    struct Grid<const N: usize>([u8; N]);

    #[derive(Snapshot)]
    struct Dead<const N: usize> {
        grid: Grid<N>,
        larger: Option<Grid<{ 2 * 2 }>>,
    }

    let dead: Dead<2> = published((Grid([1, 2]), Grid([1, 2, 3, 4]))).unwrap();
    assert_eq!((dead.grid, dead.larger), (Grid([1, 2]), Some(Grid([1, 2, 3, 4]))));
}

#[test]
fn a_bound_may_hold_for_some_constants_only() {
    #[derive(Component, Clone, PartialEq, Debug)]
    struct Bytes<const N: usize>([u8; N]);

    impl Default for Bytes<2> {
        fn default() -> Self {
            Self([0; 2])
        }
    }

    #[derive(Snapshot)]
    struct Remains<const N: usize>(#[snapshot(take)] Bytes<N>);

    assert_eq!(published::<Remains<2>>(Bytes([1, 2])).unwrap().0, Bytes([1, 2]));
}

#[test]
fn a_field_may_be_an_associated_type() {
    trait Kind {
        type Component;
    }

    struct Soldier;

    impl Kind for Soldier {
        type Component = Enemy;
    }

    #[derive(Snapshot)]
    struct Dead<K: Kind> {
        component: K::Component,
        #[snapshot(entity)]
        id: Entity,
    }

    let mut world = World::new();
    let entity = world.spawn(Enemy { gold: 5 }).id();
    let dead: Dead<Soldier> = capture(&mut world, entity).unwrap();
    assert_eq!((dead.component, dead.id), (Enemy { gold: 5 }, entity));
}
