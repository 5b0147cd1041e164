//! The tracked component.

use core::any::TypeId;

use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{Enemy, Mesh, Position, Team, published};

/// Returns `true` if the component tracked by `S` is `C`.
fn tracks<S: Snapshot, C: Component>() -> bool {
    TypeId::of::<S::Component>() == TypeId::of::<C>()
}

#[test]
fn the_type_of_the_first_field_is_the_tracked_component() {
    #[derive(Snapshot)]
    struct Cloned {
        _at: Position,
        _enemy: Enemy,
    }

    #[derive(Snapshot)]
    struct Taken(#[snapshot(take)] Mesh, Enemy);

    assert!(tracks::<Cloned, Position>());
    assert!(tracks::<Taken, Mesh>());
    let taken: Taken = published((Mesh(vec![1]), Enemy { gold: 5 })).unwrap();
    assert_eq!((taken.0, taken.1), (Mesh(vec![1]), Enemy { gold: 5 }));
}

#[test]
fn the_tracked_component_may_be_a_later_field() {
    #[derive(Snapshot)]
    #[snapshot(component = Enemy)]
    struct DeadEnemy {
        team: Option<Team>,
        enemy: Enemy,
    }

    assert!(tracks::<DeadEnemy, Enemy>());
    let dead: DeadEnemy = published(Enemy { gold: 5 }).unwrap();
    assert_eq!((dead.team, dead.enemy), (None, Enemy { gold: 5 }));
}

#[derive(Snapshot, PartialEq, Debug)]
#[snapshot(component = Enemy)]
struct LastPosition(Position);

#[test]
fn the_tracked_component_need_not_be_a_field() {
    assert!(tracks::<LastPosition, Enemy>());
    assert_eq!(
        published((Enemy { gold: 5 }, Position(1.0, 2.0))),
        Some(LastPosition(Position(1.0, 2.0)))
    );
}

#[test]
fn an_entity_without_a_required_field_is_not_captured_by_the_tracked_component() {
    assert_eq!(published::<LastPosition>(Enemy { gold: 5 }), None);
}

#[test]
fn an_entity_without_the_named_component_is_not_captured() {
    assert_eq!(published::<LastPosition>(Position(1.0, 2.0)), None);
}

#[test]
fn the_tracked_component_may_be_neither_clone_nor_mutable() {
    #[derive(Component)]
    #[component(immutable)]
    struct Handle;

    #[derive(Snapshot)]
    #[snapshot(component = Handle)]
    struct Released(Option<Team>);

    assert_eq!(
        published::<Released>((Handle, Team("red"))).unwrap().0,
        Some(Team("red"))
    );
}

#[test]
fn a_struct_without_fields_is_captured() {
    #[derive(Snapshot, PartialEq, Debug)]
    #[snapshot(component = Enemy)]
    struct Unit;

    #[derive(Snapshot, PartialEq, Debug)]
    #[snapshot(component = Enemy)]
    struct Braces {}

    #[derive(Snapshot, PartialEq, Debug)]
    #[snapshot(component = Enemy)]
    struct Parentheses();

    assert_eq!(published(Enemy { gold: 5 }), Some(Unit));
    assert_eq!(published(Enemy { gold: 5 }), Some(Braces {}));
    assert_eq!(published(Enemy { gold: 5 }), Some(Parentheses()));
    assert_eq!(published::<Unit>(Team("red")), None);
    assert_eq!(Unit::try_clone(&Unit), Some(Unit));
}

#[test]
fn a_component_that_is_not_clone_can_be_a_snapshot_of_another() {
    #[derive(Component, Snapshot, PartialEq, Debug)]
    struct Corpse(Enemy);

    assert_eq!(published(Enemy { gold: 5 }), Some(Corpse(Enemy { gold: 5 })));
}
