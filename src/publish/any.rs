//! The message about a deletion of any type.

use bevy_ecs::{entity::Entity, message::Message};

use crate::{message::Origin, snapshot::SnapshotType};

/// Published for each [`PostDelete`](crate::PostDelete) of every tracked type, without its snapshot.
///
/// It is for logs, inspectors and statistics that do not know the types of the game. It is written only if
/// [`AnyDeletePlugin`](crate::receivers::AnyDeletePlugin) was added.
///
/// The types are published one after the other in the order of registration, each in its own order.
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
/// #[derive(Component, Clone)]
/// struct Item;
///
/// #[derive(Resource, Default)]
/// struct Log(Vec<String>);
///
/// fn write_log(mut deleted: MessageReader<AnyDelete>, mut log: ResMut<Log>) {
///     for AnyDelete { snapshot_type, origin, .. } in deleted.read() {
///         log.0.push(format!("{}: {:?}", snapshot_type.short_name(), origin.kind));
///     }
/// }
///
/// let mut app = App::new();
/// app.add_plugins((
///     PostDeletePlugin::<Enemy>::default(),
///     PostDeletePlugin::<Item>::default(),
///     AnyDeletePlugin,
/// ))
/// .init_resource::<Log>()
/// .add_systems(Cleanup, write_log);
///
/// app.world_mut().spawn((Enemy, children![Item])).delete()?;
/// app.update();
/// assert_eq!(app.world().resource::<Log>().0, ["Enemy: Direct", "Item: Cascade"]);
/// # Ok::<(), DeleteError>(())
/// ```
#[derive(Message, Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnyDelete {
    /// The entity that was deleted.
    ///
    /// See [`PostDelete::entity`](crate::PostDelete::entity).
    pub entity: Entity,
    /// How the entity was deleted, by which call, and why.
    pub origin: Origin,
    /// The type of the snapshot.
    pub snapshot_type: SnapshotType,
}
