//! With `bevy_time`: deletes that are delayed by `commands.delayed()`.

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;
use bevy_time::prelude::*;

use crate::support::{Number, add_time, run_frame, virtual_time};

const DECAYED: DeleteReason = DeleteReason::new("decayed");

/// The messages that a system in `Cleanup` has read.
#[derive(Resource, Default)]
struct Read(Vec<PostDelete<Number>>);

/// An app in which the entity is deleted after 10 seconds. Its first frame is over.
fn app() -> (App, Entity) {
    let mut app = App::new();
    add_time(&mut app);
    app.add_plugins(PostDeletePlugin::<Number>::default())
        .init_resource::<Read>()
        .add_systems(
            Cleanup,
            |mut deleted: MessageReader<PostDelete<Number>>, mut read: ResMut<Read>| {
                read.0.extend(deleted.read().cloned());
            },
        );
    let corpse = app.world_mut().spawn(Number(1)).id();
    let mut commands = app.world_mut().commands();
    commands
        .delayed()
        .secs(10.0)
        .entity(corpse)
        .because(DECAYED)
        .try_delete();
    app.world_mut().flush();
    // Without this, the virtual time advances by at most 250 milliseconds per frame.
    virtual_time(&mut app).set_max_delta(core::time::Duration::MAX);
    run_frame(&mut app, 0);
    (app, corpse)
}

/// Runs a frame of this length, and returns the snapshot and the reason of each message that was read in it.
fn frame(app: &mut App, milliseconds: u64) -> Vec<(u32, Option<DeleteReason>)> {
    run_frame(app, milliseconds);
    let messages = std::mem::take(&mut app.world_mut().resource_mut::<Read>().0);
    let messages = messages.iter();
    messages
        .map(|deleted| (deleted.snapshot.0, deleted.origin.reason))
        .collect()
}

#[test]
fn the_entity_is_deleted_after_the_delay_with_the_cause() {
    let (mut app, corpse) = app();
    assert!(frame(&mut app, 9_990).is_empty());
    assert!(app.world().get_entity(corpse).is_ok());
    assert_eq!(frame(&mut app, 20), [(1, Some(DECAYED))]);
    assert!(app.world().get_entity(corpse).is_err());
    assert!(frame(&mut app, 20_000).is_empty(), "not twice");
}

#[test]
fn the_delay_is_longer_if_the_virtual_time_is_paused() {
    let (mut app, _) = app();
    assert!(frame(&mut app, 6_000).is_empty());
    virtual_time(&mut app).pause();
    assert!(frame(&mut app, 60_000).is_empty());
    virtual_time(&mut app).unpause();
    assert!(frame(&mut app, 3_990).is_empty());
    assert_eq!(frame(&mut app, 20), [(1, Some(DECAYED))]);
}

#[test]
fn the_snapshot_has_the_values_at_the_end_of_the_delay() {
    let (mut app, corpse) = app();
    frame(&mut app, 9_000);
    app.world_mut().get_mut::<Number>(corpse).unwrap().0 = 2;
    assert_eq!(frame(&mut app, 2_000), [(2, Some(DECAYED))]);
}

#[test]
fn an_entity_that_was_despawned_earlier_is_published_once() {
    let (mut app, corpse) = app();
    app.world_mut().despawn(corpse);
    assert_eq!(frame(&mut app, 5_000), [(1, None)]);
    assert!(frame(&mut app, 10_000).is_empty());
}

#[test]
fn a_delayed_bulk_delete_finds_the_entities_that_exist_at_the_end_of_the_delay() {
    let (mut app, corpse) = app();
    app.world_mut().despawn(corpse);
    frame(&mut app, 0);
    let mut commands = app.world_mut().commands();
    commands
        .delayed()
        .secs(2.0)
        .because(DECAYED)
        .delete_all::<With<Number>>();
    app.world_mut().flush();
    assert!(frame(&mut app, 1_000).is_empty());
    app.world_mut().spawn(Number(3));
    assert_eq!(frame(&mut app, 2_000), [(3, Some(DECAYED))]);
}
