//! The untyped message: everything that is tracked, and only where it was asked for.

use std::any::{TypeId, type_name};

use bevy_app::prelude::*;
use bevy_ecs::{
    message::{MessageRegistry, Messages},
    prelude::*,
    world::EntityMut,
};
use bevy_post_delete::prelude::*;

use crate::support::{Name, Number};

struct Both;

impl Snapshot for Both {
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
        PostDeletePlugin::<Both>::default(),
    ));
    app
}

#[test]
fn every_capture_of_every_type_is_told_with_its_origin() {
    let mut app = app();
    app.add_plugins(AnyDeletePlugin);
    let world = app.world_mut();
    let full = world.spawn((Name("full"), Number(1))).id();
    let named = world.spawn(Name("named")).id();
    let living = world.spawn(Number(2)).id();
    const WHY: DeleteReason = DeleteReason::new("why");
    world.delete_with(full, WHY).unwrap();
    world.despawn(named);
    world.entity_mut(living).remove::<Number>();
    app.update();

    let messages = app.world().resource::<Messages<AnyDelete>>();
    let told: Vec<_> = messages
        .iter_current_update_messages()
        .map(|any| (any.snapshot_type, any.entity, any.origin.kind, any.origin.reason))
        .collect();
    assert_eq!(
        told,
        [
            (SnapshotType::of::<Name>(), full, DeleteKind::Direct, Some(WHY)),
            (SnapshotType::of::<Name>(), named, DeleteKind::Despawn, None),
            (SnapshotType::of::<Number>(), full, DeleteKind::Direct, Some(WHY)),
            (SnapshotType::of::<Number>(), living, DeleteKind::Remove, None),
            (SnapshotType::of::<Both>(), full, DeleteKind::Direct, Some(WHY)),
        ]
    );
    app.update();
    app.update();
    assert!(
        app.world().resource::<Messages<AnyDelete>>().is_empty(),
        "they go as other messages do"
    );
}

#[test]
fn without_the_plugin_there_is_no_such_message() {
    let mut app = app();
    app.world_mut().spawn(Name("a")).delete().unwrap();
    app.update();
    assert!(!app.world().contains_resource::<Messages<AnyDelete>>());
}

#[test]
fn it_can_be_added_first_and_twice() {
    let mut app = App::new();
    app.add_plugins((AnyDeletePlugin, AnyDeletePlugin, PostDeletePlugin::<Name>::default()));
    app.world_mut().spawn(Name("a")).delete().unwrap();
    app.update();
    assert_eq!(app.world().resource::<Messages<AnyDelete>>().len(), 1);
}

#[test]
fn it_works_in_a_world_without_an_app() {
    let mut world = World::new();
    MessageRegistry::register_message::<AnyDelete>(&mut world);
    world.track_deletes::<Name>();
    world.spawn(Name("a")).despawn();
    world.publish_deletes();
    assert_eq!(world.resource::<Messages<AnyDelete>>().len(), 1);
}

#[test]
fn a_snapshot_type_can_be_compared_and_printed() {
    let name = SnapshotType::of::<Name>();
    assert_eq!(name.id(), TypeId::of::<Name>());
    assert_ne!(name, SnapshotType::of::<Number>());
    assert_eq!(name.name(), type_name::<Name>());
    assert_eq!(name.to_string(), type_name::<Name>());
    assert_eq!(name.short_name(), "Name");
    assert!(format!("{name:?}").contains("Name"));
}
