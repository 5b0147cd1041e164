//! The message, and the origin of the deletion it is about.

mod cause;
mod origin;

pub use cause::{DeleteCause, DeleteReason};
pub use origin::{DeleteKind, Origin};

use bevy_ecs::{entity::Entity, message::Message};

/// Published after an entity was despawned. Contains the entity's id, a snapshot of the tracked component, and the
/// [`Origin`] of the deletion.
///
/// One message is published for each despawned entity and each tracked [`Snapshot`](crate::Snapshot) type of that
/// entity. It is a [`Message`], which systems read, and an [`Event`](bevy_ecs::event::Event), which triggers observers.
/// It is not an [`EntityEvent`](bevy_ecs::event::EntityEvent), because the entity is gone: an observer compares
/// `on.entity`.
///
/// # Timing
///
/// The snapshot is taken before the entity is despawned. The message is pending until the next
/// [`publish_deletes`](crate::publish_deletes), which runs right before [`Cleanup`](crate::Cleanup) and
/// [`FixedCleanup`](crate::FixedCleanup). By then the entity and its linked descendants are despawned, and every hook
/// and observer of the despawn has run. After that it is an ordinary message, which Bevy keeps for two message updates.
///
/// # Example
///
/// ```
/// use bevy_app::prelude::*;
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone)]
/// struct Enemy {
///     loot: u32,
/// }
///
/// #[derive(Resource, Default)]
/// struct Gold(u32);
///
/// fn collect_loot(mut deleted: MessageReader<PostDelete<Enemy>>, mut gold: ResMut<Gold>) {
///     for PostDelete { snapshot, .. } in deleted.read() {
///         gold.0 += snapshot.loot;
///     }
/// }
///
/// let mut app = App::new();
/// app.add_plugins(PostDeletePlugin::<Enemy>::default())
///     .init_resource::<Gold>()
///     .add_systems(Cleanup, collect_loot);
///
/// let enemy = app.world_mut().spawn(Enemy { loot: 7 }).id();
/// app.world_mut().commands().entity(enemy).delete();
/// app.update();
///
/// assert_eq!(app.world().resource::<Gold>().0, 7);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "bevy_reflect", derive(bevy_reflect::Reflect))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PostDelete<S> {
    /// The entity that was deleted.
    ///
    /// It is already despawned when the message is published, so use its id only as a key. (For
    /// [`Remove`](DeleteKind::Remove) and [`Replace`](DeleteKind::Replace), it was alive when the component was removed
    /// or replaced.)
    pub entity: Entity,
    /// The snapshot that was taken before the entity was despawned.
    pub snapshot: S,
    /// How the entity was deleted, by which call, and why.
    pub origin: Origin,
}

impl<S> PostDelete<S> {
    /// Creates a message of kind [`Direct`](DeleteKind::Direct) whose root is the entity itself.
    ///
    /// The crate writes its messages itself. This is for tests of receivers. The `operation` of the origin is 0, so
    /// [`Origin::is_delete`] returns `false`.
    ///
    /// # Example
    ///
    /// ```
    /// use bevy_ecs::{message::Messages, prelude::*};
    /// use bevy_post_delete::prelude::*;
    ///
    /// #[derive(Resource, Default)]
    /// struct Points(u32);
    ///
    /// fn score(mut deleted: MessageReader<PostDelete<u32>>, mut points: ResMut<Points>) {
    ///     points.0 += deleted.read().map(|deleted| deleted.snapshot).sum::<u32>();
    /// }
    ///
    /// let mut world = World::new();
    /// world.init_resource::<Points>();
    /// world.init_resource::<Messages<PostDelete<u32>>>();
    ///
    /// let brick = world.spawn_empty().id();
    /// world.write_message(PostDelete::new(brick, 50_u32));
    /// world.run_system_cached(score).unwrap();
    /// assert_eq!(world.resource::<Points>().0, 50);
    /// ```
    #[track_caller]
    pub fn new(entity: Entity, snapshot: S) -> Self {
        Self {
            entity,
            snapshot,
            origin: Origin::new(DeleteKind::Direct).with_root(entity),
        }
    }
}

impl<S: Send + Sync + 'static> Message for PostDelete<S> {}
