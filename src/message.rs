//! The message: what was deleted, and how it came to be.

use core::fmt;

use bevy_ecs::{change_detection::MaybeLocation, entity::Entity, message::Message};

#[cfg(feature = "bevy_reflect")]
use bevy_reflect::Reflect;

/// Tells that an entity is gone, and carries what it was.
///
/// One is published for each deleted entity and each tracked [`Snapshot`](crate::Snapshot) type that the entity had.
/// It is both a [`Message`], for systems, and an [`Event`](bevy_ecs::event::Event), for observers.
///
/// # Timing
///
/// The snapshot is taken when the deletion reaches the entity. The message waits until the next
/// [`publish_deletes`](crate::publish_deletes), which runs right before [`Cleanup`](crate::Cleanup) and
/// [`FixedCleanup`](crate::FixedCleanup). By then the entity, its linked descendants, and every hook and observer
/// of the despawn are done. From there on it is an ordinary message: it lives for two message updates.
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
/// fn pay_out(mut deleted: MessageReader<PostDelete<Enemy>>, mut gold: ResMut<Gold>) {
///     for PostDelete { snapshot, .. } in deleted.read() {
///         gold.0 += snapshot.loot;
///     }
/// }
///
/// let mut app = App::new();
/// app.add_plugins(PostDeletePlugin::<Enemy>::default())
///     .init_resource::<Gold>()
///     .add_systems(Cleanup, pay_out);
///
/// let enemy = app.world_mut().spawn(Enemy { loot: 7 }).id();
/// app.world_mut().commands().entity(enemy).delete();
/// app.update();
///
/// assert_eq!(app.world().resource::<Gold>().0, 7);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "bevy_reflect", derive(Reflect))]
pub struct PostDelete<S> {
    /// The entity that was deleted.
    ///
    /// It is no longer alive when anyone reads this: a key to look things up by, never a handle to the entity.
    pub entity: Entity,
    /// What was remembered of it, as it stood when the deletion reached the entity.
    pub snapshot: S,
    /// Who deleted it, and why.
    pub origin: Origin,
}

impl<S: Send + Sync + 'static> Message for PostDelete<S> {}

/// Where a [`PostDelete`] came from.
///
/// # Example
///
/// ```
/// use bevy_ecs::{message::Messages, prelude::*};
/// use bevy_post_delete::prelude::*;
///
/// const CAPTURED: DeleteReason = DeleteReason::new("captured");
///
/// #[derive(Component, Clone)]
/// struct Piece;
///
/// let mut world = World::new();
/// world.track_deletes::<Piece>();
/// let piece = world.spawn(Piece).id();
///
/// world.delete_with(piece, CAPTURED)?;
/// world.publish_deletes();
///
/// let messages = world.resource::<Messages<PostDelete<Piece>>>();
/// let origin = messages.iter_current_update_messages().next().unwrap().origin;
/// assert_eq!(origin.kind, DeleteKind::Direct);
/// assert_eq!(origin.root, Some(piece));
/// assert_eq!(origin.reason, Some(CAPTURED));
/// assert_ne!(origin.operation, 0);
/// # Ok::<(), DeleteError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "bevy_reflect", derive(Reflect))]
#[non_exhaustive]
pub struct Origin {
    /// By which road the entity went.
    pub kind: DeleteKind,
    /// The entity that `delete` was called on.
    ///
    /// `None` for [`Batch`](DeleteKind::Batch), [`Despawn`](DeleteKind::Despawn), [`Remove`](DeleteKind::Remove)
    /// and [`Replace`](DeleteKind::Replace).
    pub root: Option<Entity>,
    /// What the deleting code gave as its reason, if anything.
    pub reason: Option<DeleteReason>,
    /// The number of the delete call: the same for everything that one call deleted, and higher for every later call.
    ///
    /// Numbers belong to one [`World`](bevy_ecs::world::World). `0` where no delete call was behind it.
    pub operation: u64,
    /// The line that called `delete`, or `despawn` where no delete call was behind it.
    ///
    /// Holds a location under the feature `track_location`, and is zero-sized without.
    pub caller: MaybeLocation,
}

impl Origin {
    /// An origin of the given kind with nothing else known about it; its [`caller`](Self::caller) is the calling line.
    ///
    /// The crate writes origins for you. This is for tests of your own receivers, which can make messages by hand.
    ///
    /// # Example
    ///
    /// ```
    /// use bevy_ecs::prelude::*;
    /// use bevy_post_delete::prelude::*;
    ///
    /// let mut origin = Origin::new(DeleteKind::Batch);
    /// origin.operation = 3;
    ///
    /// let message = PostDelete { entity: Entity::PLACEHOLDER, snapshot: "a value", origin };
    /// assert_eq!(message.origin.kind, DeleteKind::Batch);
    /// assert_eq!(message.origin.root, None);
    /// ```
    #[track_caller]
    pub const fn new(kind: DeleteKind) -> Self {
        Self {
            kind,
            root: None,
            reason: None,
            operation: 0,
            caller: MaybeLocation::caller(),
        }
    }
}

/// The road by which a snapshot's value came to its end.
///
/// # Example
///
/// ```
/// use bevy_ecs::{message::Messages, prelude::*};
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone)]
/// struct Part;
///
/// let mut world = World::new();
/// world.track_deletes::<Part>();
/// let root = world.spawn((Part, children![Part])).id();
/// let other = world.spawn(Part).id();
///
/// world.delete(root)?;
/// world.despawn(other);
/// world.publish_deletes();
///
/// let kinds: Vec<_> = world
///     .resource::<Messages<PostDelete<Part>>>()
///     .iter_current_update_messages()
///     .map(|deleted| deleted.origin.kind)
///     .collect();
/// assert_eq!(kinds, [DeleteKind::Cascade, DeleteKind::Direct, DeleteKind::Despawn]);
/// # Ok::<(), DeleteError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "bevy_reflect", derive(Reflect))]
#[non_exhaustive]
pub enum DeleteKind {
    /// `delete` was called on this very entity.
    Direct,
    /// It went because [`Origin::root`] went: a linked descendant, or what a hook or an observer despawned meanwhile.
    Cascade,
    /// A bulk delete took it: `delete_all`, `delete_all_where`, `delete_batch` or `delete_related`, with all that
    /// they cascade to.
    Batch,
    /// It was despawned by something that did not go through this crate.
    Despawn,
    /// The component was removed from an entity that lives on.
    ///
    /// Only with `PostDeletePlugin::with_removals`.
    Remove,
    /// The component's value was overwritten on an entity that lives on.
    ///
    /// Only with `PostDeletePlugin::with_removals`.
    Replace,
}

/// Why something was deleted, in the words of the code that deleted it.
///
/// Two reasons are equal when their words are.
///
/// # Example
///
/// ```
/// use bevy_post_delete::DeleteReason;
///
/// const LEVEL_ENDED: DeleteReason = DeleteReason::new("level ended");
///
/// assert_eq!(LEVEL_ENDED.as_str(), "level ended");
/// assert_eq!(LEVEL_ENDED.to_string(), "level ended");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "bevy_reflect", derive(Reflect))]
pub struct DeleteReason(&'static str);

impl DeleteReason {
    /// Makes a reason of these words.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_post_delete::DeleteReason;
    /// const WON: DeleteReason = DeleteReason::new("won");
    /// assert_ne!(WON, DeleteReason::new("lost"));
    /// ```
    pub const fn new(reason: &'static str) -> Self {
        Self(reason)
    }

    /// Returns the words.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_post_delete::DeleteReason;
    /// assert_eq!(DeleteReason::new("won").as_str(), "won");
    /// ```
    pub const fn as_str(&self) -> &'static str {
        self.0
    }
}

impl fmt::Display for DeleteReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
