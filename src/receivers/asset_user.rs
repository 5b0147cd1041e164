//! Components that use shared assets.

use core::hash::Hash;

use bevy_ecs::component::Component;

/// Defines which shared assets a component uses: textures, sounds, physics shapes.
///
/// Implement it for a marker type, so that any component can be an asset user, Bevy's own included. If the component is
/// your own, you can implement it for the component itself.
///
/// # Keys
///
/// A key is whatever identifies the asset: a path, an id, an [`AssetId`]. Do not use a strong [`Handle`] as the key:
/// the counts and messages would keep the asset loaded for some frames. All users with the same type of key are counted
/// together, so that an asset is in use as long as any of them uses it.
///
/// [`AssetId`]: https://docs.rs/bevy_asset/0.20/bevy_asset/enum.AssetId.html
/// [`Handle`]: https://docs.rs/bevy_asset/0.20/bevy_asset/enum.Handle.html
///
/// # Example
///
/// A component of another crate, which has a mesh and several textures:
///
/// ```
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component)]
/// struct Model {
///     mesh: &'static str,
///     textures: Vec<&'static str>,
/// }
///
/// struct ModelAssets;
///
/// impl AssetUser for ModelAssets {
///     type Component = Model;
///     type Key = &'static str;
///
///     fn keys(model: &Model) -> impl IntoIterator<Item = &'static str> {
///         model.textures.iter().copied().chain([model.mesh])
///     }
/// }
///
/// let model = Model { mesh: "tree.glb", textures: vec!["bark.png", "leaf.png"] };
/// let keys: Vec<_> = ModelAssets::keys(&model).into_iter().collect();
/// assert_eq!(keys, ["bark.png", "leaf.png", "tree.glb"]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an `AssetUser`",
    label = "not an `AssetUser`",
    note = "implement `AssetUser` for `{Self}`, or for a marker type if the component is defined in another crate"
)]
pub trait AssetUser: Send + Sync + 'static {
    /// The component whose entities use assets.
    type Component: Component;

    /// The type of the keys.
    type Key: Clone + Eq + Hash + Send + Sync + 'static;

    /// Returns the keys of the assets that this value uses. A key that it returns twice is used twice.
    fn keys(component: &Self::Component) -> impl IntoIterator<Item = Self::Key>;
}
