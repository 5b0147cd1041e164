//! Unloads a texture when no sprite uses it any longer.
//!
//! Look at `AssetUser`: it returns the keys that a component uses. The plugin counts the uses of each key. A use ends
//! when the entity is despawned, when the component is removed, or when its value no longer contains the key.
//!
//! ```text
//! cargo run --example shared_asset
//! ```
use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;

#[derive(Component)]
struct Sprite {
    texture: &'static str,
}

impl AssetUser for Sprite {
    type Component = Self;
    type Key = &'static str;

    fn keys(sprite: &Self) -> impl IntoIterator<Item = &'static str> {
        [sprite.texture]
    }
}

/// The textures in the memory of the graphics card.
#[derive(Resource)]
struct LoadedTextures(Vec<&'static str>);

fn unload(mut released: MessageReader<AssetReleased<&'static str>>, mut loaded: ResMut<LoadedTextures>) {
    for AssetReleased { key, .. } in released.read() {
        println!("unload {key}");
        loaded.0.retain(|texture| texture != key);
    }
}

fn main() {
    let mut app = App::new();
    app.add_plugins(AssetReleasePlugin::<Sprite>::default())
        .insert_resource(LoadedTextures(vec!["orc.png", "ghost.png", "tree.png"]))
        // The messages are written in the set `Receive`.
        .add_systems(Cleanup, unload.after(PostDeleteSystems::Receive));

    let orcs = [(); 3].map(|()| app.world_mut().spawn(Sprite { texture: "orc.png" }).id());
    app.world_mut().spawn(Sprite { texture: "tree.png" });
    let uses = app.world().resource::<AssetUses<&'static str>>();
    assert_eq!(uses.count(&"orc.png"), 3);

    app.world_mut().commands().entity(orcs[0]).delete();
    app.world_mut().commands().entity(orcs[1]).despawn();
    app.update();
    assert_eq!(loaded(&app), ["orc.png", "ghost.png", "tree.png"]);

    // The last orc becomes a ghost.
    app.world_mut().get_mut::<Sprite>(orcs[2]).unwrap().texture = "ghost.png";
    app.update();
    assert_eq!(loaded(&app), ["ghost.png", "tree.png"]);

    app.world_mut().commands().delete_all::<With<Sprite>>();
    app.update();
    assert!(loaded(&app).is_empty());
}

fn loaded(app: &App) -> &[&'static str] {
    &app.world().resource::<LoadedTextures>().0
}
