//! Fields that are moved out of the entity.

use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

use crate::support::{Enemy, Mesh, Sound, Team, capture, published};

#[derive(Snapshot, PartialEq, Debug)]
struct Remains {
    #[snapshot(take)]
    mesh: Mesh,
    team: Team,
    #[snapshot(take)]
    sound: Sound,
}

fn mesh() -> Mesh {
    Mesh(vec![1, 2, 3])
}

fn sound() -> Sound {
    Sound(vec![4, 5])
}

/// Captures an entity with these components. Returns whether a snapshot was captured, and the components that the
/// entity still has.
fn capture_once<S: Snapshot>(components: impl Bundle) -> (bool, Option<Mesh>, Option<Sound>) {
    let mut world = World::new();
    let entity = world.spawn(components).id();
    let captured = capture::<S>(&mut world, entity).is_some();
    let mut entity = world.entity_mut(entity);
    (captured, entity.take(), entity.take())
}

#[test]
fn a_taken_component_is_published() {
    let remains: Remains = published((mesh(), Team("red"), sound())).unwrap();
    let expected = Remains {
        mesh: mesh(),
        team: Team("red"),
        sound: sound(),
    };
    assert_eq!(remains, expected);
}

#[test]
fn a_taken_component_is_moved() {
    let mesh = mesh();
    let address = mesh.0.as_ptr();
    let remains: Remains = published((mesh, Team("red"), sound())).unwrap();
    assert_eq!(remains.mesh.0.as_ptr(), address);
}

#[test]
fn the_default_is_left_in_the_entity() {
    let found = capture_once::<Remains>((mesh(), Team("red"), sound()));
    assert_eq!(found, (true, Some(Mesh::default()), Some(Sound::default())));
}

#[test]
fn nothing_is_taken_if_a_cloned_component_is_missing() {
    let found = capture_once::<Remains>((mesh(), sound()));
    assert_eq!(found, (false, Some(mesh()), Some(sound())));
}

#[test]
fn nothing_is_taken_if_the_component_of_a_later_take_is_missing() {
    let found = capture_once::<Remains>((mesh(), Team("red")));
    assert_eq!(found, (false, Some(mesh()), None));
}

#[test]
fn nothing_is_taken_if_the_component_of_an_earlier_take_is_missing() {
    let found = capture_once::<Remains>((Team("red"), sound()));
    assert_eq!(found, (false, None, Some(sound())));
}

#[derive(Snapshot)]
#[snapshot(component = Enemy)]
struct Parts {
    #[snapshot(take)]
    mesh: Option<Mesh>,
    #[snapshot(take)]
    sound: Sound,
}

#[test]
fn an_optional_component_is_taken_if_it_is_present() {
    let parts: Parts = published((Enemy { gold: 5 }, mesh(), sound())).unwrap();
    assert_eq!((parts.mesh, parts.sound), (Some(mesh()), sound()));
    let parts: Parts = published((Enemy { gold: 5 }, sound())).unwrap();
    assert_eq!((parts.mesh, parts.sound), (None, sound()));
}

#[test]
fn an_optional_component_is_not_taken_if_a_required_one_is_missing() {
    let found = capture_once::<Parts>((Enemy { gold: 5 }, mesh()));
    assert_eq!(found, (false, Some(mesh()), None));
}

#[test]
fn a_component_can_be_cloned_and_taken_by_one_snapshot() {
    #[derive(Component, Default, Clone, PartialEq, Debug)]
    struct Health(u32);

    #[derive(Snapshot)]
    struct Twice(#[snapshot(take)] Health, Health);

    let twice: Twice = published(Health(7)).unwrap();
    assert_eq!((twice.0, twice.1), (Health(7), Health(7)));
}

#[test]
#[should_panic(expected = "cannot be used for the relationship target `bevy_ecs::hierarchy::Children`")]
fn a_relationship_target_cannot_be_taken() {
    #[derive(Snapshot)]
    struct Family {
        _team: Team,
        #[snapshot(take)]
        _children: Children,
    }

    let mut world = World::new();
    world.track_deletes::<Family>();
    world.spawn((Team("red"), children![()])).despawn();
}
