//! With `bevy_world_serialization`: loaded entities are tracked, and the tracking does not appear in saved worlds.

use std::collections::BTreeSet;

use bevy_app::{TaskPoolPlugin, prelude::*};
use bevy_asset::{AssetPlugin, prelude::*};
use bevy_ecs::{
    archetype::{Archetype, ArchetypeEntity},
    entity::EntityHashMap,
    message::Messages,
    prelude::*,
    reflect::AppTypeRegistry,
};
use bevy_post_delete::prelude::*;
use bevy_reflect::Reflect;
use bevy_world_serialization::{
    DynamicWorld, DynamicWorldBuilder, DynamicWorldRoot, WorldAsset, WorldAssetRoot, WorldSerializationPlugin,
};

use crate::support::published;

#[derive(Component, Reflect, Clone, Debug, Default, PartialEq)]
#[reflect(Component)]
struct Enemy {
    level: u32,
}

#[derive(Resource, Reflect, Clone, Debug, Default, PartialEq)]
#[reflect(Resource)]
struct Score(u32);

/// An app that can load and save.
fn app() -> App {
    let mut app = App::new();
    app.add_plugins((
        TaskPoolPlugin::default(),
        AssetPlugin::default(),
        WorldSerializationPlugin,
    ))
    .register_type::<Enemy>()
    .register_type::<Score>()
    .register_type::<ChildOf>()
    .register_type::<Children>();
    app
}

/// A saved world that contains an enemy with two children.
fn saved(app: &App) -> DynamicWorld {
    let mut world = World::new();
    world.insert_resource(app.world().resource::<AppTypeRegistry>().clone());
    world.spawn((Enemy { level: 1 }, children![Enemy { level: 2 }, Enemy { level: 3 }]));
    DynamicWorld::from_world(&world)
}

/// Publishes, and returns the levels of the deleted enemies.
fn levels(app: &mut App) -> BTreeSet<u32> {
    let deleted = published::<Enemy>(app.world_mut());
    let levels: BTreeSet<u32> = deleted.iter().map(|deleted| deleted.snapshot.level).collect();
    assert_eq!(levels.len(), deleted.len(), "each once");
    levels
}

/// The content of the saved world: the components of each entity (none for an empty one), and the resources.
fn content(app: &App) -> (Vec<String>, Vec<String>) {
    let saved = DynamicWorld::from_world(app.world());
    let entities = saved.entities.iter().map(|entity| format!("{:?}", entity.components));
    let resources = saved.resources.iter().map(|resource| format!("{resource:?}"));
    (entities.collect(), resources.collect())
}

#[test]
fn entities_that_were_written_to_the_world_are_captured_by_every_path() {
    for delete in [true, false] {
        let mut app = app();
        app.add_plugins(PostDeletePlugin::<Enemy>::default());
        let saved = saved(&app);
        let mut ids = EntityHashMap::default();
        saved.write_to_world(app.world_mut(), &mut ids).unwrap();
        let mut roots = app
            .world_mut()
            .query_filtered::<Entity, (With<Enemy>, Without<ChildOf>)>();
        let root = roots.single(app.world()).unwrap();
        if delete {
            app.world_mut().delete(root).unwrap();
        } else {
            app.world_mut().despawn(root);
        }
        assert_eq!(levels(&mut app), BTreeSet::from([1, 2, 3]));
    }
}

#[test]
fn an_instance_of_a_dynamic_world_is_captured_with_its_root() {
    for delete in [true, false] {
        let mut app = app();
        app.add_plugins(PostDeletePlugin::<Enemy>::default());
        let saved = saved(&app);
        let handle = app.world_mut().resource_mut::<Assets<DynamicWorld>>().add(saved);
        let root = app.world_mut().spawn(DynamicWorldRoot(handle)).id();
        app.update();
        let mut enemies = app.world_mut().query::<&Enemy>();
        assert_eq!(enemies.iter(app.world()).count(), 3, "it is loaded");
        assert!(levels(&mut app).is_empty());
        if delete {
            app.world_mut().delete(root).unwrap();
        } else {
            app.world_mut().despawn(root);
        }
        assert_eq!(levels(&mut app), BTreeSet::from([1, 2, 3]));
    }
}

#[test]
fn an_instance_of_a_world_is_captured_with_its_root() {
    let mut app = app();
    app.add_plugins(PostDeletePlugin::<Enemy>::default());
    let mut world = World::new();
    world.spawn((Enemy { level: 1 }, children![Enemy { level: 2 }]));
    let handle = app
        .world_mut()
        .resource_mut::<Assets<WorldAsset>>()
        .add(WorldAsset { world });
    let root = app.world_mut().spawn(WorldAssetRoot(handle)).id();
    app.update();
    app.world_mut().delete(root).unwrap();
    let deleted = published::<Enemy>(app.world_mut());
    let deleted: Vec<_> = deleted
        .iter()
        .map(|deleted| (deleted.snapshot.level, deleted.origin.kind, deleted.origin.root))
        .collect();
    assert_eq!(
        deleted,
        [
            (2, DeleteKind::Cascade, Some(root)),
            (1, DeleteKind::Cascade, Some(root))
        ]
    );
}

#[test]
fn a_saved_world_does_not_contain_the_tracking() {
    let contents = [false, true].map(|tracked| {
        let mut app = app();
        if tracked {
            app.add_plugins((
                PostDeletePlugin::<Enemy>::default(),
                AnyDeletePlugin,
                DeleteQueuePlugin::<Enemy>::with_capacity(8),
            ))
            .count_deletes::<Enemy>();
        }
        app.insert_resource(Score(9));
        app.world_mut()
            .spawn_batch([Enemy { level: 1 }, Enemy { level: 2 }, Enemy { level: 3 }]);
        app.update();
        let mut enemies = app.world_mut().query::<(Entity, &Enemy)>();
        let second = enemies.iter(app.world()).find(|(_, enemy)| enemy.level == 2).unwrap().0;
        app.world_mut().delete(second).unwrap();
        content(&app) // while a message is pending
    });
    let [untracked, tracked] = contents;
    assert_eq!(tracked, untracked);
    assert_eq!(tracked.1.len(), 1, "the score: {:?}", tracked.1);
}

#[test]
fn tracking_by_observers_adds_only_empty_entities_to_a_saved_world() {
    let contents = [false, true].map(|tracked| {
        let mut app = app();
        app.world_mut().spawn_batch([Enemy { level: 1 }, Enemy { level: 2 }]);
        if tracked {
            // The component is already in use, so that its hook cannot be set. Removals are always observed.
            app.add_plugins(PostDeletePlugin::<Enemy>::default().with_removals());
        }
        app.update();
        let (mut entities, resources) = content(&app);
        entities.retain(|entity| entity != "[]");

        let registry = app.world().resource::<AppTypeRegistry>().read();
        let everything = app.world().archetypes().iter().flat_map(Archetype::entities);
        let without_the_empty = DynamicWorldBuilder::from_world(app.world(), &registry)
            .extract_entities(everything.map(ArchetypeEntity::id))
            .remove_empty_entities()
            .build();
        assert_eq!(without_the_empty.entities.len(), 2);
        (entities, resources)
    });
    let [untracked, tracked] = contents;
    assert_eq!(tracked, untracked);
}

#[test]
fn an_app_that_tracks_loads_a_saved_world() {
    let mut early = app();
    early.add_plugins(PostDeletePlugin::<Enemy>::default());
    early.world_mut().spawn(Enemy { level: 4 });
    let text = {
        let registry = early.world().resource::<AppTypeRegistry>().read();
        DynamicWorld::from_world(early.world()).serialize(&registry).unwrap()
    };
    assert!(text.contains("Enemy") && !text.contains("post_delete"), "{text}");

    let mut late = app();
    late.add_plugins(PostDeletePlugin::<Enemy>::default());
    let saved = DynamicWorld::from_world(early.world());
    saved
        .write_to_world(late.world_mut(), &mut EntityHashMap::default())
        .unwrap();
    late.world_mut().delete_all::<With<Enemy>>();
    late.update();
    assert_eq!(late.world().resource::<Messages<PostDelete<Enemy>>>().len(), 1);
}

#[test]
fn an_entity_that_was_saved_protected_is_protected_after_loading() {
    let mut early = app();
    early.register_type::<Protected>();
    early.world_mut().spawn((Enemy { level: 4 }, Protected));
    let saved = DynamicWorld::from_world(early.world());

    let mut late = app();
    late.register_type::<Protected>();
    saved
        .write_to_world(late.world_mut(), &mut EntityHashMap::default())
        .unwrap();
    let mut enemies = late.world_mut().query_filtered::<Entity, With<Enemy>>();
    let enemy = enemies.single(late.world()).unwrap();
    let error = late.world_mut().delete(enemy).unwrap_err();
    assert!(matches!(error, DeleteError::Protected { .. }));
}
