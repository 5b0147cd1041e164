//! With `bevy_asset`: assets that an `AssetServer` loads, here from memory, are unloaded after their last user is gone.

use std::{path::Path, thread};

use bevy_app::{TaskPoolPlugin, prelude::*};
use bevy_asset::{
    AssetLoader, AssetPlugin, LoadContext,
    io::{
        AssetSourceBuilder, AssetSourceId, Reader,
        memory::{Dir, MemoryAssetReader},
    },
    prelude::*,
};
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;
use bevy_reflect::TypePath;

#[derive(Asset, TypePath)]
struct Model(String);

#[derive(Default, TypePath)]
struct ModelLoader;

impl AssetLoader for ModelLoader {
    type Asset = Model;
    type Settings = ();
    type Error = BevyError;

    async fn load(&self, reader: &mut dyn Reader, (): &(), _: &mut LoadContext<'_>) -> Result<Model, BevyError> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).await?;
        Ok(Model(String::from_utf8(bytes)?))
    }

    fn extensions(&self) -> &[&str] {
        &["model"]
    }
}

/// An app whose asset source is in memory and has two models.
fn app() -> App {
    let folder = Dir::default();
    folder.insert_asset_text(Path::new("orc.model"), "an orc");
    folder.insert_asset_text(Path::new("tree.model"), "a tree");
    let mut app = App::new();
    app.register_asset_source(
        AssetSourceId::Default,
        AssetSourceBuilder::new(move || Box::new(MemoryAssetReader { root: folder.clone() })),
    )
    .add_plugins((TaskPoolPlugin::default(), AssetPlugin::default()))
    .init_asset::<Model>()
    .init_asset_loader::<ModelLoader>();
    app
}

/// Starts to load a model, and runs frames until it is loaded.
fn load(app: &mut App, path: &'static str) -> Handle<Model> {
    let handle: Handle<Model> = app.world().resource::<AssetServer>().load(path);
    // Other threads read and parse the asset, so the number of frames is not known.
    while !app.world().resource::<AssetServer>().is_loaded(&handle) {
        let state = app.world().resource::<AssetServer>().load_state(&handle);
        assert!(!state.is_failed(), "{state:?}");
        thread::yield_now();
        app.update();
    }
    handle
}

fn model(app: &App, id: AssetId<Model>) -> Option<&str> {
    let models = app.world().resource::<Assets<Model>>();
    models.get(id).map(|model| model.0.as_str())
}

#[test]
fn a_handle_in_a_snapshot_keeps_the_asset_loaded_for_two_frames() {
    #[derive(Component, Clone)]
    struct Drawn(#[expect(dead_code, reason = "it keeps the asset loaded")] Handle<Model>);

    let mut app = app();
    app.add_plugins(PostDeletePlugin::<Drawn>::default());
    let handle = load(&mut app, "orc.model");
    let id = handle.id();
    let users = [(); 2].map(|()| app.world_mut().spawn(Drawn(handle.clone())).id());
    drop(handle);

    app.world_mut().delete(users[0]).unwrap();
    for _ in 0..5 {
        app.update();
        assert_eq!(model(&app, id), Some("an orc"), "the other entity uses it");
    }
    app.world_mut().despawn(users[1]);
    for _ in 0..2 {
        app.update();
        assert_eq!(model(&app, id), Some("an orc"), "the message can be read");
    }
    app.update();
    assert_eq!(model(&app, id), None);
    assert!(!app.world().resource::<AssetServer>().is_loaded(id));

    let handle = load(&mut app, "orc.model");
    assert_eq!(model(&app, handle.id()), Some("an orc"), "it can be loaded again");
}

/// Draws a model by its id, which does not keep it loaded.
#[derive(Component)]
struct DrawnById(AssetId<Model>);

/// The models that are kept loaded until their last user is gone.
#[derive(Resource, Default)]
struct Library(Vec<Handle<Model>>);

/// A marker type, as it is needed for a component of another crate.
struct ModelUser;

impl AssetUser for ModelUser {
    type Component = DrawnById;
    type Key = AssetId<Model>;

    fn keys(drawn: &DrawnById) -> impl IntoIterator<Item = AssetId<Model>> {
        [drawn.0]
    }
}

fn unload(mut released: MessageReader<AssetReleased<AssetId<Model>>>, mut library: ResMut<Library>) {
    for AssetReleased { key, .. } in released.read() {
        library.0.retain(|handle| handle.id() != *key);
    }
}

#[test]
fn a_model_that_a_library_keeps_loaded_is_unloaded_after_its_last_user_is_gone() {
    let endings: [fn(&mut World, Entity, AssetId<Model>); 6] = [
        |world, entity, _| _ = world.delete(entity).unwrap(),
        |world, entity, _| assert!(world.despawn(entity)),
        |world, _, _| world.despawn_all::<With<DrawnById>>(),
        |world, entity, _| _ = world.entity_mut(entity).remove::<DrawnById>(),
        |world, entity, other| _ = world.entity_mut(entity).insert(DrawnById(other)),
        |world, entity, other| world.get_mut::<DrawnById>(entity).unwrap().0 = other,
    ];
    for (number, end_use) in endings.into_iter().enumerate() {
        let mut app = app();
        app.add_plugins(AssetReleasePlugin::<ModelUser>::default())
            .init_resource::<Library>()
            .add_systems(Cleanup, unload.after(PostDeleteSystems::Receive));
        let [orc, tree] = ["orc.model", "tree.model"].map(|path| load(&mut app, path));
        let (orc_id, tree_id) = (orc.id(), tree.id());
        app.world_mut().resource_mut::<Library>().0 = vec![orc, tree];
        let users = [(); 2].map(|()| app.world_mut().spawn(DrawnById(orc_id)).id());

        app.world_mut().delete(users[0]).unwrap();
        app.update();
        app.update();
        assert_eq!(model(&app, orc_id), Some("an orc"), "one user is left");

        end_use(app.world_mut(), users[1], tree_id);
        app.update();
        app.update();
        assert_eq!(model(&app, orc_id), None, "ending {number}");
        assert_eq!(
            model(&app, tree_id),
            Some("a tree"),
            "it was not used before, so it was not released"
        );
    }
}
