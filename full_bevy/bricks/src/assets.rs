//! The assets that the entities of a level share: loaded when it starts, and released when their last use ends.

use bevy::image::{CompressedImageFormats, ImageSampler, ImageType};
use bevy::{asset::UntypedAssetId, platform::collections::HashMap, prelude::*};
use bevy_post_delete::prelude::*;

use crate::{Brick, Screen, board::BRICK_SIZE};

pub fn plugin(app: &mut App) {
    app.init_resource::<LevelAssets>()
        .add_plugins(AssetReleasePlugin::<MeshUser>::default())
        .add_plugins(AssetReleasePlugin::<MaterialUser>::default())
        .add_plugins(AssetReleasePlugin::<ImageUser>::default())
        .add_systems(OnEnter(Screen::Playing), load)
        .add_systems(Cleanup, release.after(PostDeleteSystems::Receive));
}

/// The handles of the level's assets by name, until these are released.
#[derive(Resource, Default, Deref, DerefMut)]
pub struct LevelAssets(HashMap<&'static str, UntypedHandle>);

impl LevelAssets {
    /// Returns the handle of an asset that has users.
    pub fn used<A: Asset>(&self, name: &str) -> Handle<A> {
        let handle = self.get(name).expect("an asset with users is not released");
        handle.clone().typed()
    }

    pub fn sprite(&self, image: &str, size: Vec2, color: Color) -> Sprite {
        let mut sprite = Sprite::from_color(color, size);
        sprite.image = self.used(image);
        sprite
    }
}

/// The users of meshes, materials and images are components of Bevy. Their keys have the same type, so one system
/// releases all three.
struct MeshUser;
struct MaterialUser;
struct ImageUser;

impl AssetUser for MeshUser {
    type Component = Mesh2d;
    type Key = UntypedAssetId;
    fn keys(mesh: &Mesh2d) -> impl IntoIterator<Item = UntypedAssetId> {
        [mesh.id().untyped()]
    }
}

impl AssetUser for MaterialUser {
    type Component = MeshMaterial2d<ColorMaterial>;
    type Key = UntypedAssetId;
    fn keys(material: &Self::Component) -> impl IntoIterator<Item = UntypedAssetId> {
        [material.id().untyped()]
    }
}

impl AssetUser for ImageUser {
    type Component = Sprite;
    type Key = UntypedAssetId;
    fn keys(sprite: &Sprite) -> impl IntoIterator<Item = UntypedAssetId> {
        [sprite.image.id().untyped()]
    }
}

/// Drops the handle of each asset whose last use has ended. Bevy then unloads it, and with a material its texture.
fn release(mut released: MessageReader<AssetReleased<UntypedAssetId>>, mut assets: ResMut<LevelAssets>) {
    for AssetReleased { key, .. } in released.read() {
        assets.retain(|_, handle| handle.id() != *key);
    }
}

pub fn load(
    mut assets: ResMut<LevelAssets>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<ColorMaterial>>,
    mut images: ResMut<Assets<Image>>,
) {
    assets.insert("brick", meshes.add(Rectangle::from_size(BRICK_SIZE)).untyped());
    for name in Brick::ALL.map(|brick| brick.name) {
        assets.insert(name, materials.add(images.add(image(name))).untyped());
    }
    for name in ["gem", "ball", "paddle", "glow", "ring"] {
        assets.insert(name, images.add(image(name)).untyped());
    }
}

/// Reads an image of the folder `assets`. `AssetServer` would load it in the background, at a different time in each
/// run.
fn image(name: &str) -> Image {
    let path = format!("{}/assets/{name}.png", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let (png, formats) = (ImageType::Extension("png"), CompressedImageFormats::NONE);
    Image::from_buffer(&bytes, png, formats, true, ImageSampler::Default, default()).expect("the file is a PNG image")
}
