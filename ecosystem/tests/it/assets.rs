//! With `bevy_asset`: a snapshot that holds a handle keeps the asset loaded as long as its message can be read.

use bevy_app::{TaskPoolPlugin, prelude::*};
use bevy_asset::{AssetPlugin, prelude::*};
use bevy_ecs::{message::Messages, prelude::*, world::EntityMut};
use bevy_post_delete::prelude::*;
use bevy_reflect::TypePath;

#[derive(Asset, TypePath)]
struct Model(u32);

/// An entity that is drawn as a model, and keeps it loaded.
#[derive(Component, Clone)]
struct Drawn(Handle<Model>);

/// The numbers of the models that a system in `Cleanup` found with the handles of the snapshots.
#[derive(Resource, Default)]
struct Found(Vec<Option<u32>>);

fn find(mut deleted: MessageReader<PostDelete<Drawn>>, models: Res<Assets<Model>>, mut found: ResMut<Found>) {
    for deleted in deleted.read() {
        found.0.push(models.get(&deleted.snapshot.0).map(|model| model.0));
    }
}

fn app() -> App {
    let mut app = App::new();
    app.add_plugins((
        TaskPoolPlugin::default(),
        AssetPlugin::default(),
        PostDeletePlugin::<Drawn>::default(),
    ))
    .init_asset::<Model>()
    .init_resource::<Found>()
    .add_systems(Cleanup, find);
    app
}

fn add(app: &mut App, number: u32) -> Handle<Model> {
    app.world_mut().resource_mut::<Assets<Model>>().add(Model(number))
}

fn models(app: &App) -> usize {
    app.world().resource::<Assets<Model>>().len()
}

fn found(app: &mut App) -> Vec<Option<u32>> {
    std::mem::take(&mut app.world_mut().resource_mut::<Found>().0)
}

#[test]
fn the_asset_is_loaded_in_cleanup_and_dropped_two_frames_later_by_every_path() {
    let paths: [fn(&mut Commands, Entity); 5] = [
        |commands, entity| commands.entity(entity).delete(),
        |commands, entity| commands.entity(entity).despawn(),
        |commands, _| commands.delete_all::<With<Drawn>>(),
        |commands, _| commands.despawn_all::<With<Drawn>>(),
        |commands, entity| commands.delete_batch(vec![entity]),
    ];
    for (path, delete) in paths.into_iter().enumerate() {
        let mut app = app();
        let only_handle = add(&mut app, 7);
        let entity = app.world_mut().spawn(Drawn(only_handle)).id();
        app.update();
        delete(&mut app.world_mut().commands(), entity);

        app.update();
        assert_eq!(found(&mut app), [Some(7)], "path {path}");
        app.update();
        assert_eq!(models(&app), 1, "a reader in the next frame finds the model as well");
        app.update();
        assert_eq!(models(&app), 0, "path {path}");
        assert!(found(&mut app).is_empty());
    }
}

#[test]
fn a_shared_model_stays_loaded_until_its_last_user_is_deleted() {
    let mut app = app();
    let handle = add(&mut app, 7);
    let users = [(); 3].map(|()| app.world_mut().spawn(Drawn(handle.clone())).id());
    drop(handle);
    for user in users {
        app.update();
        app.update();
        assert_eq!(models(&app), 1);
        app.world_mut().delete(user).unwrap();
    }
    for _ in 0..3 {
        app.update();
    }
    assert_eq!(found(&mut app), [Some(7); 3]);
    assert_eq!(models(&app), 0);
}

#[test]
fn no_model_leaks_if_models_are_added_and_deleted_in_every_frame() {
    let mut app = app();
    for frame in 0..50 {
        for number in 0..10 {
            let parent = Drawn(add(&mut app, number));
            let child = Drawn(add(&mut app, 10 + number));
            let entity = app.world_mut().spawn((parent, children![child])).id();
            if number % 2 == 0 {
                app.world_mut().delete(entity).unwrap();
            } else {
                app.world_mut().despawn(entity);
            }
        }
        app.update();
        let mut found = found(&mut app);
        found.sort_unstable();
        assert_eq!(found, Vec::from_iter((0..20).map(Some)));
        assert!(models(&app) <= 40, "{} models in frame {frame}", models(&app));
    }
    app.update();
    app.update();
    assert_eq!(models(&app), 0);
}

#[test]
fn a_queued_message_keeps_the_asset_loaded() {
    let mut app = app();
    app.add_plugins(DeleteQueuePlugin::<Drawn>::with_capacity(8));
    let only_handle = Drawn(add(&mut app, 7));
    app.world_mut().spawn(only_handle).delete().unwrap();
    for _ in 0..10 {
        app.update();
    }
    assert_eq!(models(&app), 1);

    let taken = app.world_mut().resource_mut::<DeleteQueue<Drawn>>().pop().unwrap();
    let model = app.world().resource::<Assets<Model>>().get(&taken.snapshot.0);
    assert_eq!(model.map(|model| model.0), Some(7));
    drop(taken);
    app.update();
    assert_eq!(models(&app), 0);
}

#[test]
fn a_snapshot_that_moves_the_handle_out_keeps_the_asset_loaded() {
    /// It is not `Clone`, so there is only one handle.
    #[derive(Component)]
    struct Owned(Handle<Model>);

    struct Taken(Handle<Model>);

    impl Snapshot for Taken {
        type Component = Owned;

        fn capture(mut entity: EntityMut<'_>) -> Option<Self> {
            Some(Self(std::mem::take(&mut entity.get_mut::<Owned>()?.0)))
        }
    }

    let mut app = app();
    app.add_plugins(PostDeletePlugin::<Taken>::default()).add_systems(
        Cleanup,
        |mut deleted: MessageReader<PostDelete<Taken>>, models: Res<Assets<Model>>, mut found: ResMut<Found>| {
            for deleted in deleted.read() {
                found.0.push(models.get(&deleted.snapshot.0).map(|model| model.0));
            }
        },
    );
    let only_handle = Owned(add(&mut app, 7));
    app.world_mut().spawn(only_handle).delete().unwrap();
    app.update();
    assert_eq!(found(&mut app), [Some(7)]);
    app.update();
    app.update();
    assert_eq!(models(&app), 0);
}

#[test]
fn data_that_was_made_from_an_asset_is_released_once_after_its_last_user() {
    /// Draws a model by its id, which does not keep it loaded.
    #[derive(Component)]
    #[component(immutable)]
    struct Instance(AssetId<Model>);

    impl AssetUser for Instance {
        type Component = Self;
        type Key = AssetId<Model>;

        fn keys(user: &Self) -> impl IntoIterator<Item = AssetId<Model>> {
            [user.0]
        }
    }

    fn released(app: &mut App) -> Vec<AssetId<Model>> {
        app.update();
        let released = app.world().resource::<Messages<AssetReleased<AssetId<Model>>>>();
        released
            .iter_current_update_messages()
            .map(|released| released.key)
            .collect()
    }

    let mut app = app();
    app.add_plugins(AssetReleasePlugin::<Instance>::default());
    let handle = add(&mut app, 7);
    let first = app.world_mut().spawn(Instance(handle.id())).id();
    let second = app.world_mut().spawn(Instance(handle.id())).id();
    assert!(released(&mut app).is_empty());
    app.world_mut().delete(first).unwrap();
    assert!(released(&mut app).is_empty(), "one user is left");
    app.world_mut().despawn(second);
    assert_eq!(released(&mut app), [handle.id()]);
    assert!(released(&mut app).is_empty());
    assert_eq!(models(&app), 1, "the handle keeps the model loaded");
}
