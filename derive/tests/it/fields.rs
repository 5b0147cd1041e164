//! Fields that are cloned.

use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{Enemy, Position, Team, published};

#[derive(Snapshot, PartialEq, Debug)]
struct DeadEnemy {
    enemy: Enemy,
    at: Position,
    team: Option<Team>,
}

#[test]
fn a_field_is_a_clone_of_the_component() {
    let dead: DeadEnemy = published((Enemy { gold: 5 }, Position(1.0, 2.0), Team("red"))).unwrap();
    let expected = DeadEnemy {
        enemy: Enemy { gold: 5 },
        at: Position(1.0, 2.0),
        team: Some(Team("red")),
    };
    assert_eq!(dead, expected);
}

#[test]
fn an_entity_without_an_optional_component_is_captured() {
    let dead: DeadEnemy = published((Enemy { gold: 5 }, Position(1.0, 2.0))).unwrap();
    assert_eq!(dead.team, None);
}

#[test]
fn an_entity_without_a_required_component_is_not_captured() {
    assert_eq!(published::<DeadEnemy>((Enemy { gold: 5 }, Team("red"))), None);
}

#[test]
fn an_entity_without_the_component_of_the_first_field_is_not_captured() {
    assert_eq!(published::<DeadEnemy>((Position(1.0, 2.0), Team("red"))), None);
}

#[test]
fn a_cloned_component_may_be_immutable() {
    #[derive(Component, Clone, PartialEq, Debug)]
    #[component(immutable)]
    struct Name(&'static str);

    #[derive(Snapshot)]
    struct Epitaph(Enemy, Name);

    let epitaph: Epitaph = published((Enemy { gold: 5 }, Name("Bob"))).unwrap();
    assert_eq!((epitaph.0, epitaph.1), (Enemy { gold: 5 }, Name("Bob")));
}

#[test]
#[expect(
    unused_qualifications,
    clippy::std_instead_of_core,
    reason = "the macro recognizes the path"
)]
fn an_option_with_a_full_path_is_recognized() {
    #[derive(Snapshot)]
    struct DeadEnemy {
        _enemy: Enemy,
        core: core::option::Option<Team>,
        std: ::std::option::Option<Team>,
    }

    let dead: DeadEnemy = published(Enemy { gold: 5 }).unwrap();
    assert_eq!((dead.core, dead.std), (None, None));
}

#[test]
fn a_tuple_struct_is_captured() {
    #[derive(Snapshot, PartialEq, Debug)]
    struct DeadEnemy(Enemy, Option<Team>, Position);

    let dead: DeadEnemy = published((Enemy { gold: 5 }, Position(1.0, 2.0))).unwrap();
    assert_eq!(dead, DeadEnemy(Enemy { gold: 5 }, None, Position(1.0, 2.0)));
}

#[test]
fn several_snapshots_of_one_component_are_captured() {
    #[derive(Snapshot)]
    struct Gold(Enemy);

    #[derive(Snapshot)]
    struct Place(Enemy, Position);

    let mut world = World::new();
    world.track_deletes::<Gold>();
    world.track_deletes::<Place>();
    let entity = world.spawn((Enemy { gold: 5 }, Position(1.0, 2.0))).id();
    let report = world.delete(entity).unwrap();
    assert_eq!((report.count::<Gold>(), report.count::<Place>()), (1, 1));
}
