//! The derived `Snapshot::try_clone`.

use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{Enemy, Mesh, Position, Team};

#[test]
fn a_snapshot_of_cloned_fields_can_be_cloned() {
    #[derive(Snapshot, PartialEq, Debug)]
    struct DeadEnemy {
        enemy: Enemy,
        at: Position,
        team: Option<Team>,
        assistant: Option<Mercenary>,
        #[snapshot(entity)]
        id: Entity,
    }

    #[derive(Component, Clone, PartialEq, Debug)]
    struct Mercenary;

    let dead = DeadEnemy {
        enemy: Enemy { gold: 5 },
        at: Position(1.0, 2.0),
        team: Some(Team("red")),
        assistant: None,
        id: Entity::PLACEHOLDER,
    };
    assert_eq!(DeadEnemy::try_clone(&dead), Some(dead));
}

#[test]
fn a_snapshot_of_a_tuple_struct_can_be_cloned() {
    #[derive(Snapshot, PartialEq, Debug)]
    struct DeadEnemy(Enemy, Option<Team>);

    let dead = DeadEnemy(Enemy { gold: 5 }, Some(Team("red")));
    assert_eq!(DeadEnemy::try_clone(&dead), Some(dead));
}

#[test]
fn a_snapshot_with_a_taken_field_cannot_be_cloned() {
    #[derive(Snapshot, PartialEq, Debug)]
    struct Remains(Enemy, #[snapshot(take)] Mesh);

    assert_eq!(Remains::try_clone(&Remains(Enemy { gold: 5 }, Mesh(vec![1]))), None);
}

#[test]
fn a_snapshot_with_an_optional_taken_field_cannot_be_cloned() {
    #[derive(Snapshot, PartialEq, Debug)]
    struct Remains(Enemy, #[snapshot(take)] Option<Mesh>);

    assert_eq!(Remains::try_clone(&Remains(Enemy { gold: 5 }, None)), None);
}

#[test]
fn a_snapshot_is_cloned_field_by_field_even_if_it_is_clone_itself() {
    #[derive(Snapshot, PartialEq, Debug)]
    struct DeadEnemy(Enemy);

    impl Clone for DeadEnemy {
        fn clone(&self) -> Self {
            panic!("`try_clone` must not use `Clone`")
        }
    }

    let dead = DeadEnemy(Enemy { gold: 5 });
    assert_eq!(DeadEnemy::try_clone(&dead), Some(dead));
}
