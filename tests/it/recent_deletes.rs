//! `RecentDeletes`: looks up which entity a stale id belonged to.

use bevy_app::prelude::*;
use bevy_ecs::{entity_disabling::Disabled, name::Name, prelude::*};
use bevy_post_delete::prelude::*;

use crate::support::Number;

#[derive(Component, Clone)]
struct Enemy;

const SHOT: DeleteReason = DeleteReason::new("shot");

fn app(capacity: usize) -> App {
    let mut app = App::new();
    app.add_plugins((
        PostDeletePlugin::<Enemy>::default(),
        PostDeletePlugin::<Number>::default(),
        RecentDeletesPlugin::with_capacity(capacity),
    ));
    app
}

fn recent(app: &App) -> &RecentDeletes {
    app.world().resource()
}

#[test]
fn the_text_of_a_deletion_is_one_line() {
    const TRAPPED: DeleteReason = DeleteReason::new("trapped\nand eaten");

    let mut app = app(10);
    let orc = app.world_mut().spawn((Enemy, Name::new("Grüß\r\nGott\u{2028}👋"))).id();
    app.world_mut().delete_with(orc, TRAPPED).unwrap();
    app.update();
    let text = recent(&app).get(orc).unwrap().to_string();
    assert_eq!(
        text,
        format!("{orc} (Grüß\\r\\nGott\\u{{2028}}👋): Direct, trapped\\nand eaten")
    );
}

#[test]
fn a_deleted_entity_is_recorded_with_name_origin_and_snapshot_types() {
    let mut app = app(10);
    let world = app.world_mut();
    let orc = world.spawn((Enemy, Number(1), Name::new("orc"), children![Enemy])).id();
    let child = world.get::<Children>(orc).unwrap()[0];
    world.delete_with(orc, SHOT).unwrap();
    let untracked = world.spawn(Name::new("rock")).id();
    world.despawn(untracked);
    world.publish_deletes();

    let deleted = recent(&app).get(orc).unwrap();
    assert_eq!(deleted.entity, orc);
    assert_eq!(deleted.name, Some(Name::new("orc")));
    assert!(deleted.origin.has_reason(SHOT));
    assert_eq!(
        deleted.snapshot_types(),
        [SnapshotType::of::<Enemy>(), SnapshotType::of::<Number>()]
    );
    assert_eq!(deleted.to_string(), format!("{orc} (orc): Direct, shot"));
    assert_eq!(
        recent(&app).get(child).unwrap().to_string(),
        format!("{child}: Cascade, shot")
    );
    assert!(recent(&app).get(untracked).is_none());
    assert_eq!(recent(&app).iter().count(), 2, "one record per entity");
}

#[test]
fn observers_of_post_delete_can_look_up_the_entity() {
    #[derive(Resource, Default)]
    struct Found(Vec<usize>);

    let mut app = app(10);
    app.init_resource::<Found>().add_observer(
        |on: On<PostDelete<Enemy>>, recent: Res<RecentDeletes>, mut found: ResMut<Found>| {
            found
                .0
                .push(recent.get(on.event().entity).unwrap().snapshot_types().len());
        },
    );
    app.world_mut().spawn((Enemy, Number(1))).despawn();
    app.world_mut().publish_deletes();
    assert_eq!(app.world().resource::<Found>().0, [2]);
}

#[test]
fn the_oldest_records_beyond_the_capacity_are_dropped() {
    let mut app = app(3);
    let entities: Vec<_> = (0..5)
        .map(|number| app.world_mut().spawn(Number(number)).id())
        .collect();
    for (frame, entity) in entities.iter().enumerate() {
        app.world_mut().despawn(*entity);
        app.update();
        assert_eq!(recent(&app).get(*entity).unwrap().publish(), frame as u64);
    }
    let kept: Vec<_> = recent(&app).iter().map(|deleted| deleted.entity).collect();
    assert_eq!(kept, entities[2..]);
    for (index, entity) in entities.into_iter().enumerate() {
        assert_eq!(recent(&app).get(entity).is_some(), index >= 2);
    }
}

#[test]
fn entities_with_the_same_index_are_recorded_separately() {
    let mut app = app(10);
    let world = app.world_mut();
    let first = world.spawn((Number(1), Name::new("first"))).id();
    world.despawn(first);
    let second = world.spawn((Number(2), Name::new("second"))).id();
    world.despawn(second);
    world.publish_deletes();
    assert_eq!(recent(&app).get(first).unwrap().name, Some(Name::new("first")));
    assert_eq!(recent(&app).get(second).unwrap().name, Some(Name::new("second")));
}

#[test]
fn removals_are_not_recorded() {
    let mut app = App::new();
    app.add_plugins((
        PostDeletePlugin::<Number>::default().with_removals(),
        RecentDeletesPlugin::with_capacity(10),
    ));
    let alive = app.world_mut().spawn((Number(1), Name::new("alive"))).id();
    app.world_mut().entity_mut(alive).remove::<Number>();
    app.update();
    assert!(recent(&app).get(alive).is_none());

    app.world_mut().entity_mut(alive).insert(Number(2));
    app.world_mut().despawn(alive);
    app.update();
    assert_eq!(recent(&app).get(alive).unwrap().name, Some(Name::new("alive")));
}

#[test]
fn adding_the_plugin_twice_keeps_the_larger_capacity() {
    let mut app = app(2);
    app.add_plugins((
        RecentDeletesPlugin::with_capacity(5),
        RecentDeletesPlugin::with_capacity(1),
    ));
    assert_eq!(recent(&app).capacity(), 5);
    app.world_mut().spawn((Enemy, Name::new("one"))).despawn();
    app.update();
    assert_eq!(recent(&app).iter().count(), 1);
}

#[test]
fn the_resource_can_be_inserted_without_an_app() {
    let mut world = World::new();
    world.track_deletes::<Number>();
    world.insert_resource(RecentDeletes::with_capacity(10));
    let entity = world.spawn(Number(1)).id();
    world.despawn(entity);
    world.publish_deletes();
    assert_eq!(
        world.resource::<RecentDeletes>().get(entity).unwrap().to_string(),
        format!("{entity}: Despawn")
    );
}

#[test]
fn a_disabled_entity_is_recorded_with_its_name() {
    let mut app = app(10);
    let world = app.world_mut();
    let orc = world.spawn((Enemy, Name::new("orc"), Disabled)).id();
    world.despawn(orc);
    world.publish_deletes();
    assert_eq!(recent(&app).get(orc).unwrap().name, Some(Name::new("orc")));
}

#[test]
fn entities_deleted_in_one_frame_keep_their_names_and_types_if_they_exceed_the_capacity() {
    let mut app = app(2);
    for number in 0..3 {
        let name = Name::new(format!("orc {number}"));
        app.world_mut().spawn((Enemy, Number(number), name)).despawn();
    }
    app.update();
    let found: Vec<_> = recent(&app)
        .iter()
        .map(|deleted| (deleted.name.as_ref().map(Name::as_str), deleted.snapshot_types().len()))
        .collect();
    assert_eq!(found, [(Some("orc 1"), 2), (Some("orc 2"), 2)]);
}

#[test]
fn an_entity_disabled_by_a_component_of_the_user_is_recorded_with_its_name() {
    #[derive(Component)]
    struct Frozen;

    let mut app = App::new();
    app.world_mut().register_disabling_component::<Frozen>();
    app.add_plugins((
        PostDeletePlugin::<Enemy>::default(),
        RecentDeletesPlugin::with_capacity(2),
    ));
    let orc = app.world_mut().spawn((Enemy, Name::new("orc"), Frozen)).id();
    app.world_mut().despawn(orc);
    app.update();
    assert_eq!(recent(&app).get(orc).unwrap().name, Some(Name::new("orc")));
}

#[test]
fn no_names_are_kept_while_nothing_is_tracked() {
    let mut app = App::new();
    app.add_plugins(RecentDeletesPlugin::with_capacity(2));
    for _ in 0..3 {
        app.world_mut().spawn(Name::new("orc")).despawn();
        app.update();
    }
    assert!(!format!("{:?}", recent(&app)).contains("orc"));
}

#[test]
fn entities_can_be_despawned_after_the_record_was_removed() {
    let mut app = app(2);
    app.world_mut().remove_resource::<RecentDeletes>();
    app.world_mut().spawn((Enemy, Name::new("orc"))).despawn();
    app.update();
}

#[test]
fn names_are_recorded_if_the_resource_was_inserted_before_the_plugin() {
    let mut app = App::new();
    app.insert_resource(RecentDeletes::with_capacity(5)).add_plugins((
        PostDeletePlugin::<Enemy>::default(),
        RecentDeletesPlugin::with_capacity(10),
    ));
    let enemy = app.world_mut().spawn((Enemy, Name::new("orc"))).id();
    app.world_mut().despawn(enemy);
    app.update();
    assert_eq!(recent(&app).get(enemy).unwrap().name, Some(Name::new("orc")));
    assert_eq!(recent(&app).capacity(), 10);
}
