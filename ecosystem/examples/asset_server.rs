//! Plays the death sound of an enemy, and unloads it afterwards.
//!
//! Look at `DeathSound`: the snapshot contains the handle of the sound. So the sound is still loaded when `play` runs,
//! even if the enemy had the last handle. Bevy drops the message after two message updates, and then unloads the sound.
//!
//! ```text
//! cargo run -p bevy_post_delete_ecosystem --example asset_server
//! ```
use std::path::Path;

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

#[derive(Component, Clone)]
struct DeathSound(Handle<Sound>);

#[derive(Resource, Default)]
struct Played(Vec<String>);

fn play(mut deleted: MessageReader<PostDelete<DeathSound>>, sounds: Res<Assets<Sound>>, mut played: ResMut<Played>) {
    for PostDelete { snapshot, .. } in deleted.read() {
        let Sound(sound) = sounds.get(&snapshot.0).expect("the message keeps it loaded");
        println!("plays: {sound}");
        played.0.push(sound.clone());
    }
}

fn main() {
    let folder = Dir::default();
    folder.insert_asset_text(Path::new("orc.sound"), "a growl");
    let mut app = App::new();
    // The asset source must be registered before `AssetPlugin` is added.
    app.register_asset_source(
        AssetSourceId::Default,
        AssetSourceBuilder::new(move || Box::new(MemoryAssetReader { root: folder.clone() })),
    )
    .add_plugins((
        TaskPoolPlugin::default(),
        AssetPlugin::default(),
        PostDeletePlugin::<DeathSound>::default(),
    ))
    .init_asset::<Sound>()
    .init_asset_loader::<SoundLoader>()
    .init_resource::<Played>()
    .add_systems(Cleanup, play);

    let sound: Handle<Sound> = app.world().resource::<AssetServer>().load("orc.sound");
    let id = sound.id();
    let orc = app.world_mut().spawn(DeathSound(sound)).id();
    while !app.world().resource::<AssetServer>().is_loaded(id) {
        app.update();
    }

    app.world_mut().despawn(orc); // drops the last handle, except for the one in the snapshot
    app.update();
    assert_eq!(app.world().resource::<Played>().0, ["a growl"]);
    assert_eq!(app.world().resource::<Assets<Sound>>().len(), 1);

    app.update();
    app.update();
    assert_eq!(app.world().resource::<Assets<Sound>>().len(), 0);
    println!("the sound is unloaded");
}

/// A sound. In this example, it is only a string.
#[derive(Asset, TypePath)]
struct Sound(String);

#[derive(Default, TypePath)]
struct SoundLoader;

impl AssetLoader for SoundLoader {
    type Asset = Sound;
    type Settings = ();
    type Error = BevyError;

    async fn load(&self, reader: &mut dyn Reader, (): &(), _: &mut LoadContext<'_>) -> Result<Sound, BevyError> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).await?;
        Ok(Sound(String::from_utf8(bytes)?))
    }

    fn extensions(&self) -> &[&str] {
        &["sound"]
    }
}
