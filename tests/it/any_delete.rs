//! `AnyDelete`: one untyped message for each published message of every tracked type.

use std::any::{TypeId, type_name};

use bevy_app::prelude::*;
use bevy_ecs::{
    message::{MessageRegistry, Messages},
    prelude::*,
    world::EntityMut,
};
use bevy_post_delete::prelude::*;

use crate::support::{Name, Number};

struct NameAndNumber;

impl Snapshot for NameAndNumber {
    type Component = Name;

    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        entity.contains::<Number>().then_some(Self)
    }
}

fn app() -> App {
    let mut app = App::new();
    app.add_plugins((
        PostDeletePlugin::<Name>::default(),
        PostDeletePlugin::<Number>::default().with_removals(),
        PostDeletePlugin::<NameAndNumber>::default(),
    ));
    app
}

#[test]
fn one_message_is_written_per_snapshot_in_the_order_of_registration() {
    let mut app = app();
    app.add_plugins(AnyDeletePlugin);
    let world = app.world_mut();
    let both = world.spawn((Name("both"), Number(1))).id();
    let named = world.spawn(Name("named")).id();
    let alive = world.spawn(Number(2)).id();
    const KILLED: DeleteReason = DeleteReason::new("killed");
    world.delete_with(both, KILLED).unwrap();
    world.despawn(named);
    world.entity_mut(alive).remove::<Number>();
    app.update();

    let messages = app.world().resource::<Messages<AnyDelete>>();
    let published: Vec<_> = messages
        .iter_current_update_messages()
        .map(|any| (any.snapshot_type, any.entity, any.origin.kind, any.origin.reason))
        .collect();
    assert_eq!(
        published,
        [
            (SnapshotType::of::<Name>(), both, DeleteKind::Direct, Some(KILLED)),
            (SnapshotType::of::<Name>(), named, DeleteKind::Despawn, None),
            (SnapshotType::of::<Number>(), both, DeleteKind::Direct, Some(KILLED)),
            (SnapshotType::of::<Number>(), alive, DeleteKind::Remove, None),
            (
                SnapshotType::of::<NameAndNumber>(),
                both,
                DeleteKind::Direct,
                Some(KILLED)
            ),
        ]
    );
    app.update();
    app.update();
    assert!(
        app.world().resource::<Messages<AnyDelete>>().is_empty(),
        "Bevy drops them after two frames"
    );
}

#[test]
fn without_the_plugin_the_message_type_is_not_registered() {
    let mut app = app();
    app.world_mut().spawn(Name("a")).delete().unwrap();
    app.update();
    assert!(!app.world().contains_resource::<Messages<AnyDelete>>());
}

#[test]
fn the_plugin_can_be_added_first_and_twice() {
    let mut app = App::new();
    app.add_plugins((AnyDeletePlugin, AnyDeletePlugin, PostDeletePlugin::<Name>::default()));
    app.world_mut().spawn(Name("a")).delete().unwrap();
    app.update();
    assert_eq!(app.world().resource::<Messages<AnyDelete>>().len(), 1);
}

#[test]
fn any_delete_is_written_in_a_world_without_an_app() {
    let mut world = World::new();
    MessageRegistry::register_message::<AnyDelete>(&mut world);
    world.track_deletes::<Name>();
    world.spawn(Name("a")).despawn();
    world.publish_deletes();
    assert_eq!(world.resource::<Messages<AnyDelete>>().len(), 1);
}

#[test]
fn snapshot_types_can_be_compared_and_printed() {
    let name = SnapshotType::of::<Name>();
    assert_eq!(name.id(), TypeId::of::<Name>());
    assert_ne!(name, SnapshotType::of::<Number>());
    assert_eq!(name.name(), type_name::<Name>());
    assert_eq!(name.to_string(), type_name::<Name>());
    assert_eq!(name.short_name(), "Name");
    assert!(format!("{name:?}").contains("Name"));
}
