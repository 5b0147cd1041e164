//! What is remembered of an entity that goes.

mod snapshot_type;

pub use snapshot_type::SnapshotType;
pub(crate) use snapshot_type::short_name;

use bevy_ecs::{component::Component, world::EntityMut};

/// What is remembered of a deleted entity.
///
/// Every component that is [`Clone`] is a snapshot of itself, so `PostDelete<Enemy>` needs no code beyond
/// `#[derive(Component, Clone)] struct Enemy`. Implement this on a type that is *not* a component to
///
/// - join several components of the entity,
/// - keep only a part,
/// - decline, by returning `None`, or
/// - move heavy or non-`Clone` data out with [`mem::take`](core::mem::take) instead of copying it.
///
/// # Timing
///
/// [`capture`](Self::capture) runs when the deletion reaches the entity, before any
/// [`Discard`](bevy_ecs::lifecycle::Discard) or [`Remove`](bevy_ecs::lifecycle::Remove) hook or observer.
/// Do not count on what is linked to the entity: a `delete` takes descendants first, and Bevy removes
/// [`Children`](bevy_ecs::hierarchy::Children) with the last of them, while a `despawn` takes them last. So a snapshot
/// whose component is itself the target of a linked relation may find it gone.
///
/// Several snapshot types over one component are captured in no promised order; no more than one of them should move
/// data out, since the others would find what it puts in its place.
///
/// # Panics
///
/// A capture that panics ends the despawn or the delete at this entity, which lives on, and the panic goes on to the
/// caller. No message is left behind of it. In a delete of many that nobody else watches, all of them live on; what
/// their captures had moved out of them is dropped.
///
/// # Example
///
/// A projection that joins, moves and declines:
///
/// ```
/// use bevy_ecs::{message::Messages, prelude::*, world::EntityMut};
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Default)]
/// struct Mesh(Vec<u8>); // heavy, and not `Clone`
///
/// #[derive(Component)]
/// struct Level(u32);
///
/// struct DeadMesh {
///     bytes: Vec<u8>,
///     level: u32,
/// }
///
/// impl Snapshot for DeadMesh {
///     type Component = Mesh;
///
///     fn capture(mut entity: EntityMut<'_>) -> Option<Self> {
///         let level = entity.get::<Level>()?.0; // no level, nothing to report
///         let bytes = std::mem::take(&mut entity.get_mut::<Mesh>()?.0);
///         Some(Self { bytes, level })
///     }
/// }
///
/// let mut world = World::new();
/// world.track_deletes::<DeadMesh>();
/// let leveled = world.spawn((Mesh(vec![1, 2, 3]), Level(2))).id();
/// let bare = world.spawn(Mesh(vec![4])).id();
///
/// world.delete(leveled)?;
/// world.delete(bare)?;
/// world.publish_deletes();
///
/// let messages = world.resource::<Messages<PostDelete<DeadMesh>>>();
/// assert_eq!(messages.len(), 1);
/// let dead = &messages.iter_current_update_messages().next().unwrap().snapshot;
/// assert_eq!((dead.bytes.as_slice(), dead.level), (&[1, 2, 3][..], 2));
/// # Ok::<(), DeleteError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `Snapshot`",
    label = "invalid `Snapshot`",
    note = "every component that is `Clone` is a snapshot of itself: consider `#[derive(Component, Clone)]` on `{Self}`",
    note = "a type that is not a component can implement `Snapshot` to say what it keeps of an entity"
)]
pub trait Snapshot: Sized + Send + Sync + 'static {
    /// The component whose end is watched: an entity without it is not captured.
    type Component: Component;

    /// Takes the snapshot of an entity that has [`Self::Component`] and is about to go.
    ///
    /// `None` means that there is nothing to report for this entity. See [`Snapshot`] for an example.
    fn capture(entity: EntityMut<'_>) -> Option<Self>;

    /// Makes a second snapshot like this one, for a receiver that keeps its own.
    ///
    /// A component that is its own snapshot is cloned. A projection gives `None` unless it says otherwise: it may hold
    /// what there is only one of. Such a receiver, like [`DeleteQueuePlugin`](crate::receivers::DeleteQueuePlugin),
    /// then has to take the snapshot itself.
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
