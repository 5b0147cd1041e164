//! `DespawnPolicy`: how despawns without a delete call are handled.

use bevy_app::prelude::*;
use bevy_ecs::{message::Messages, prelude::*, world::EntityMut};
use bevy_post_delete::prelude::*;

use crate::support::{CapturedLog, Name, Number, app_tracking_names, catch_panic, published_names};

fn app(policy: DespawnPolicy) -> App {
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Name>::default().despawn_policy(policy));
    app
}

fn despawn_and_delete(app: &mut App) -> (Entity, Vec<&'static str>) {
    let world = app.world_mut();
    let despawned = world.spawn(Name("despawned")).id();
    world.despawn(despawned);
    world
        .spawn((Name("deleted"), children![Name("child")]))
        .delete()
        .unwrap();
    (despawned, published_names(world))
}

#[test]
fn publish_publishes_despawns_and_logs_nothing() {
    let logged = CapturedLog::start();
    let (_, names) = despawn_and_delete(&mut app(DespawnPolicy::Publish));
    assert_eq!(names, ["despawned", "child", "deleted"]);
    assert_eq!(logged.warnings(), Vec::<String>::new());
}

#[test]
fn warn_publishes_despawns_and_logs_the_entity_and_the_component() {
    let logged = CapturedLog::start();
    let (despawned, names) = despawn_and_delete(&mut app(DespawnPolicy::Warn));
    assert_eq!(names, ["despawned", "child", "deleted"]);
    let warnings = logged.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains(&despawned.to_string()), "{warnings:?}");
    assert!(warnings[0].contains("Name"), "{warnings:?}");
    #[cfg(feature = "track_location")]
    assert!(warnings[0].contains(file!()), "{warnings:?}");
}

#[test]
fn ignore_publishes_deletes_only() {
    let logged = CapturedLog::start();
    let (_, names) = despawn_and_delete(&mut app(DespawnPolicy::Ignore));
    assert_eq!(names, ["child", "deleted"]);
    assert_eq!(logged.warnings(), Vec::<String>::new());
}

#[test]
fn panic_panics_before_the_entity_is_despawned_and_publishes_deletes_only() {
    let mut app = app(DespawnPolicy::Panic);
    let world = app.world_mut();
    let entity = world.spawn(Name("entity")).id();
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| world.despawn(entity))).unwrap_err();
    let text = panic.downcast_ref::<String>().unwrap();
    let expected = format!("entity {entity} (`Name`) was despawned without `delete`");
    assert!(text.starts_with(&expected), "{text}");
    #[cfg(feature = "track_location")]
    assert!(text.contains(file!()), "{text}");
    assert!(world.get_entity(entity).is_ok());
    assert!(published_names(world).is_empty());

    world.delete(entity).unwrap();
    assert_eq!(published_names(world), ["entity"]);
}

#[test]
fn despawns_by_an_observer_during_a_delete_are_not_ignored() {
    let mut app = app(DespawnPolicy::Ignore);
    let world = app.world_mut();
    world.add_observer(
        |_: On<Remove<Name>>, names: Query<Entity, With<Name>>, mut commands: Commands| {
            for entity in &names {
                commands.entity(entity).try_despawn();
            }
        },
    );
    world.spawn(Name("bystander"));
    world.spawn(Name("root")).delete().unwrap();
    assert_eq!(published_names(world), ["root", "bystander"]);
}

#[test]
fn an_ignored_despawn_is_not_captured() {
    #[derive(Component, Default)]
    struct Data(Vec<u8>);

    struct Taken(Vec<u8>);

    impl Snapshot for Taken {
        type Component = Data;

        fn capture(mut entity: EntityMut<'_>) -> Option<Self> {
            Some(Self(std::mem::take(&mut entity.get_mut::<Data>()?.0)))
        }
    }

    #[derive(Resource, Default)]
    struct DataLen(usize);

    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Taken>::default().despawn_policy(DespawnPolicy::Ignore))
        .init_resource::<DataLen>();
    app.add_observer(|on: On<Remove<Data>>, data: Query<&Data>, mut len: ResMut<DataLen>| {
        len.0 = data.get(on.entity).unwrap().0.len();
    });
    app.world_mut().spawn(Data(vec![1, 2, 3])).despawn();
    assert_eq!(app.world().resource::<DataLen>().0, 3);
    app.world_mut().spawn(Data(vec![1, 2, 3])).delete().unwrap();
    assert_eq!(app.world().resource::<DataLen>().0, 0);
    app.update();
    let messages = app.world().resource::<Messages<PostDelete<Taken>>>();
    assert_eq!(
        messages.iter_current_update_messages().next().unwrap().snapshot.0,
        [1, 2, 3]
    );
}

#[test]
fn the_policy_that_was_set_last_applies() {
    let mut app = app(DespawnPolicy::Ignore);
    app.add_plugins(PostDeletePlugin::<Name>::default());
    assert_eq!(despawn_and_delete(&mut app).1, ["child", "deleted"]);
    app.add_plugins(PostDeletePlugin::<Name>::default().despawn_policy(DespawnPolicy::Publish));
    assert_eq!(despawn_and_delete(&mut app).1, ["despawned", "child", "deleted"]);
}

#[test]
fn an_entity_that_survives_the_policy_panic_is_not_published_by_another_type() {
    let mut app = app_tracking_names();
    app.add_plugins(PostDeletePlugin::<Number>::default().despawn_policy(DespawnPolicy::Panic));
    let world = app.world_mut();
    let entity = world.spawn((Name("one"), Number(1))).id();
    catch_panic(|| _ = world.despawn(entity));
    assert!(world.get_entity(entity).is_ok());
    assert!(published_names(world).is_empty());
    world.delete(entity).unwrap();
    assert_eq!(published_names(world), ["one"]);
}

#[test]
fn a_despawn_that_publishes_nothing_is_logged_under_the_policy_warn() {
    struct Nothing;

    impl Snapshot for Nothing {
        type Component = Number;

        fn capture(_: EntityMut<'_>) -> Option<Self> {
            None
        }
    }

    let logged = CapturedLog::start();
    let mut app = App::new();
    app.add_plugins(PostDeletePlugin::<Nothing>::default().despawn_policy(DespawnPolicy::Warn));
    app.world_mut().spawn(Number(1)).despawn();
    let warnings = logged.warnings();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains("(`Number`) was despawned without `delete`"));
}
