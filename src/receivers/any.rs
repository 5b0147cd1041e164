//! One message type for all tracked types.

use bevy_app::{App, Plugin};

use super::AnyDelete;

/// Publishes an [`AnyDelete`] for each published message of every tracked type.
///
/// Without this plugin, no [`AnyDelete`] is written. In a [`World`](bevy_ecs::world::World) without an `App`, register
/// the message instead: `MessageRegistry::register_message::<AnyDelete>(&mut world)`.
///
/// # Example
///
/// ```
/// use bevy_app::prelude::*;
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone)]
/// struct Enemy;
///
/// #[derive(Resource, Default)]
/// struct Seen(usize);
///
/// let mut app = App::new();
/// app.add_plugins((PostDeletePlugin::<Enemy>::default(), AnyDeletePlugin))
///     .init_resource::<Seen>()
///     .add_systems(Cleanup, |mut deleted: MessageReader<AnyDelete>, mut seen: ResMut<Seen>| {
///         seen.0 += deleted.read().count();
///     });
///
/// app.world_mut().spawn(Enemy).despawn();
/// app.update();
/// assert_eq!(app.world().resource::<Seen>().0, 1);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct AnyDeletePlugin;

impl Plugin for AnyDeletePlugin {
    fn build(&self, app: &mut App) {
        app.add_message::<AnyDelete>();
    }

    fn is_unique(&self) -> bool {
        false
    }
}
