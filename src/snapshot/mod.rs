//! Snapshots: the data of an entity that stays available after its deletion.

mod snapshot_type;

pub use snapshot_type::SnapshotType;
pub(crate) use snapshot_type::short_name;

use bevy_ecs::{component::Component, world::EntityMut};

/// Data that is taken from an entity before it is despawned, and published in its [`PostDelete`](crate::PostDelete).
///
/// Every component that is [`Clone`] is its own snapshot, so `PostDelete<Enemy>` needs no code beyond
/// `#[derive(Component, Clone)] struct Enemy`. Derive or implement this trait on a type that is *not* a component to
///
/// - join several components of the entity,
/// - keep only a part of a component,
/// - publish nothing for some entities, by returning `None`, or
/// - move large data, or data that is not `Clone`, out of the entity with [`mem::take`](core::mem::take).
///
/// `#[derive(Snapshot)]` (feature `derive`) joins components, moves data out, and skips entities that lack a component.
/// See [`guide::snapshots`](crate::guide::snapshots).
///
/// # Timing
///
/// [`capture`](Self::capture) runs before the entity is despawned, and before any
/// [`Discard`](bevy_ecs::lifecycle::Discard) or [`Remove`](bevy_ecs::lifecycle::Remove) hook or observer of this
/// despawn. A delete may capture all of its entities before it despawns the first.
///
/// Do not rely on relationship components in a capture, unless they are the tracked component. A `delete` despawns the
/// children first, and Bevy removes [`Children`](bevy_ecs::hierarchy::Children) together with the last child. A
/// relationship with `linked_spawn` may be removed before the capture if the entities are linked in a cycle, or if a
/// hook or an observer links them during the delete.
///
/// Do not move a relationship target such as [`Children`](bevy_ecs::hierarchy::Children) out of the entity: Bevy reads it
/// to find the entities that it must despawn, too. Copy the ids that you need.
///
/// If the tracked component is itself a relationship target, a `delete` captures it before it despawns any of the
/// sources, so the snapshot contains all of them. After the first such delete in a process, every capture costs one
/// more resource lookup.
///
/// If several snapshot types have the same component, the order of their captures is not guaranteed. At most one of
/// them should move data out, because the others read the data that it leaves.
///
/// # Panics
///
/// If a capture panics, the entity survives, nothing is published for it, and the panic reaches the caller of the
/// despawn or delete. If a delete captures all of its entities before the first despawn, all of them survive. Data that
/// earlier captures have moved out is dropped.
///
/// If other code panics after the capture and the entity survives, its snapshot is dropped. One exception: a plain
/// `despawn` panics, and is the last command in the world's own queue. Bevy then drops the command that this crate has
/// queued to check the entity. If the entity loses the component and is despawned before the next capture or publish of
/// the type, the snapshot is published.
///
/// # Example
///
/// A snapshot that joins two components, moves data out, and skips some entities:
///
/// ```
/// use bevy_ecs::{message::Messages, prelude::*, world::EntityMut};
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Default)]
/// struct Mesh(Vec<u8>); // large, and not `Clone`
///
/// #[derive(Component)]
/// struct Level(u32);
///
/// struct DeletedMesh {
///     bytes: Vec<u8>,
///     level: u32,
/// }
///
/// impl Snapshot for DeletedMesh {
///     type Component = Mesh;
///
///     fn capture(mut entity: EntityMut<'_>) -> Option<Self> {
///         let level = entity.get::<Level>()?.0; // without a level, nothing is published
///         let bytes = std::mem::take(&mut entity.get_mut::<Mesh>()?.0);
///         Some(Self { bytes, level })
///     }
/// }
///
/// let mut world = World::new();
/// world.track_deletes::<DeletedMesh>();
/// let leveled = world.spawn((Mesh(vec![1, 2, 3]), Level(2))).id();
/// let unleveled = world.spawn(Mesh(vec![4])).id();
///
/// world.delete(leveled)?;
/// world.delete(unleveled)?;
/// world.publish_deletes();
///
/// let messages = world.resource::<Messages<PostDelete<DeletedMesh>>>();
/// assert_eq!(messages.len(), 1);
/// let deleted = &messages.iter_current_update_messages().next().unwrap().snapshot;
/// assert_eq!((deleted.bytes.as_slice(), deleted.level), (&[1, 2, 3][..], 2));
/// # Ok::<(), DeleteError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `Snapshot`",
    label = "not a `Snapshot`",
    note = "every component that is `Clone` is a `Snapshot`: `#[derive(Component, Clone)]`",
    note = "a tuple is not a `Snapshot`. For several components, or for data that is not `Clone`, derive or implement \
            `Snapshot` on a struct"
)]
pub trait Snapshot: Sized + Send + Sync + 'static {
    /// The tracked component. Only entities that have it are captured.
    type Component: Component;

    /// Takes the snapshot of an entity that has [`Self::Component`] and is about to be despawned.
    ///
    /// With [`with_removals`](crate::PostDeletePlugin::with_removals), it is also called before the component is
    /// removed or replaced.
    ///
    /// If it returns `None`, nothing is published for this entity. See [`Snapshot`] for an example.
    fn capture(entity: EntityMut<'_>) -> Option<Self>;

    /// Clones a snapshot, for a receiver that keeps its own copy. Returns `None` if it cannot be cloned.
    ///
    /// A component that is its own snapshot is cloned. The default implementation returns `None`. A receiver like
    /// [`DeleteQueuePlugin`](crate::receivers::DeleteQueuePlugin) then moves the snapshot out of the message.
    ///
    /// # Example
    ///
    /// ```
    /// use bevy_ecs::{prelude::*, world::EntityMut};
    /// use bevy_post_delete::prelude::*;
    ///
    /// #[derive(Component)]
    /// struct Enemy {
    ///     level: u32,
    /// }
    ///
    /// #[derive(Clone, PartialEq, Debug)]
    /// struct Level(u32);
    ///
    /// impl Snapshot for Level {
    ///     type Component = Enemy;
    ///
    ///     fn capture(entity: EntityMut<'_>) -> Option<Self> {
    ///         Some(Self(entity.get::<Enemy>()?.level))
    ///     }
    ///
    ///     fn try_clone(snapshot: &Self) -> Option<Self> {
    ///         Some(snapshot.clone())
    ///     }
    /// }
    ///
    /// assert_eq!(Level::try_clone(&Level(3)), Some(Level(3)));
    /// ```
    fn try_clone(snapshot: &Self) -> Option<Self> {
        _ = snapshot;
        None
    }
}

#[diagnostic::do_not_recommend]
impl<C: Component + Clone> Snapshot for C {
    type Component = C;

    #[inline]
    fn capture(entity: EntityMut<'_>) -> Option<Self> {
        entity.get::<C>().cloned()
    }

    fn try_clone(snapshot: &Self) -> Option<Self> {
        Some(snapshot.clone())
    }
}
