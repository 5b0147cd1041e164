//! How an entity was deleted, and by which call.

use core::fmt;

use bevy_ecs::{change_detection::MaybeLocation, entity::Entity};

use super::DeleteReason;

/// Where a [`PostDelete`](crate::PostDelete) comes from: how the entity was deleted, by which call, and why.
///
/// Comparisons of two origins ignore their [`caller`](Self::caller).
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
/// assert!(origin.has_reason(CAPTURED));
/// assert!(origin.is_delete());
/// # Ok::<(), DeleteError>(())
/// ```
#[derive(Clone, Copy)]
#[cfg_attr(feature = "bevy_reflect", derive(bevy_reflect::Reflect))]
#[cfg_attr(feature = "bevy_reflect", reflect(Debug, PartialEq, Clone))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Origin {
    /// How the entity was deleted.
    pub kind: DeleteKind,
    /// The entity that was passed to the delete call or matched its filter, and whose tree contains this entity. For
    /// [`Direct`](DeleteKind::Direct), it is the entity itself.
    ///
    /// `None` without a delete call, and for [`Remove`](DeleteKind::Remove) and [`Replace`](DeleteKind::Replace).
    pub root: Option<Entity>,
    /// The reason that the caller gave, if any. A cascade inherits the reason of its root.
    pub reason: Option<DeleteReason>,
    /// The entity that caused the deletion, if the caller gave one. A cascade inherits it.
    ///
    /// It may be despawned by now.
    pub instigator: Option<Entity>,
    /// The number of the delete call: the same for everything that one call deleted, and higher for every later call.
    ///
    /// Numbers belong to one [`World`](bevy_ecs::world::World), and start again after
    /// [`clear_resources`](bevy_ecs::world::World::clear_resources). `0` for a plain despawn, and for a removal or
    /// replacement without a delete.
    pub operation: u64,
    /// The line that called the delete method or, for a plain despawn, `despawn`. For a cascade of a plain `despawn`,
    /// it is a line in Bevy's source.
    ///
    /// Contains a location if the feature `track_location` is enabled. Otherwise it is zero-sized.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub caller: MaybeLocation,
}

impl Origin {
    /// Creates an origin of the given kind. Everything else is unknown, and its [`caller`](Self::caller) is the calling
    /// line.
    ///
    /// The crate writes origins itself. This is for tests of receivers, which can create messages by hand.
    ///
    /// # Example
    ///
    /// ```
    /// use bevy_ecs::prelude::*;
    /// use bevy_post_delete::prelude::*;
    ///
    /// let origin = Origin::new(DeleteKind::Despawn);
    /// assert_eq!(origin.root, None);
    /// assert!(!origin.is_delete());
    /// ```
    #[track_caller]
    pub const fn new(kind: DeleteKind) -> Self {
        Self {
            kind,
            root: None,
            reason: None,
            instigator: None,
            operation: 0,
            caller: MaybeLocation::caller(),
        }
    }

    /// Returns this origin with the given [`root`](Self::root).
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let ship = Entity::PLACEHOLDER;
    /// let origin = Origin::new(DeleteKind::Cascade).with_root(ship);
    /// assert_eq!(origin.root, Some(ship));
    /// ```
    pub const fn with_root(mut self, root: Entity) -> Self {
        self.root = Some(root);
        self
    }

    /// Returns this origin with the given [`reason`](Self::reason).
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_post_delete::prelude::*;
    /// const SHOT: DeleteReason = DeleteReason::new("shot");
    /// let origin = Origin::new(DeleteKind::Direct).with_reason(SHOT);
    /// assert!(origin.has_reason(SHOT));
    /// ```
    pub const fn with_reason(mut self, reason: DeleteReason) -> Self {
        self.reason = Some(reason);
        self
    }

    /// Returns this origin with the given [`instigator`](Self::instigator).
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let player = Entity::PLACEHOLDER;
    /// let origin = Origin::new(DeleteKind::Direct).with_instigator(player);
    /// assert_eq!(origin.instigator, Some(player));
    /// ```
    pub const fn with_instigator(mut self, instigator: Entity) -> Self {
        self.instigator = Some(instigator);
        self
    }

    /// Returns whether the caller gave this reason.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_post_delete::prelude::*;
    /// const SHOT: DeleteReason = DeleteReason::new("shot");
    /// const LOST: DeleteReason = DeleteReason::new("lost");
    /// let origin = Origin::new(DeleteKind::Direct).with_reason(SHOT);
    /// assert!(origin.has_reason(SHOT) && !origin.has_reason(LOST));
    /// ```
    pub fn has_reason(&self, reason: DeleteReason) -> bool {
        self.reason == Some(reason)
    }

    /// Returns whether a delete call caused the deletion: its [`operation`](Self::operation) is not 0.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::{message::Messages, prelude::*};
    /// # use bevy_post_delete::prelude::*;
    /// #[derive(Component, Clone)]
    /// struct Enemy;
    ///
    /// let mut world = World::new();
    /// world.track_deletes::<Enemy>();
    /// world.spawn(Enemy).despawn();
    /// world.spawn(Enemy).delete()?;
    /// world.publish_deletes();
    ///
    /// let messages = world.resource::<Messages<PostDelete<Enemy>>>();
    /// let deletes: Vec<_> = messages.iter_current_update_messages().map(|deleted| deleted.origin.is_delete()).collect();
    /// assert_eq!(deletes, [false, true]);
    /// # Ok::<(), DeleteError>(())
    /// ```
    pub const fn is_delete(&self) -> bool {
        self.operation != 0
    }
}

impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        let compared = |origin: &Self| {
            let cause = (origin.reason, origin.instigator);
            (origin.kind, origin.root, cause, origin.operation)
        };
        compared(self) == compared(other)
    }
}

impl Eq for Origin {}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut origin = f.debug_struct("Origin");
        origin
            .field("kind", &self.kind)
            .field("root", &self.root)
            .field("reason", &self.reason)
            .field("instigator", &self.instigator)
            .field("operation", &self.operation);
        if let Some(caller) = self.caller.into_option() {
            origin.field("caller", &format_args!("{caller}"));
        }
        origin.finish()
    }
}

/// How an entity was deleted, or how a component was removed from an entity that stays alive.
///
/// Among the messages of a delete call, [`Direct`](Self::Direct) is the kind of the entities that were passed to the
/// call or matched its filter.
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
#[cfg_attr(feature = "bevy_reflect", derive(bevy_reflect::Reflect))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
// As wide as the fields next to it in `Origin`. With padding, each copy of a message stalls the processor (failed store
// forwarding), which takes 3% of a delete.
#[repr(u64)]
pub enum DeleteKind {
    /// The entity was passed to a delete call, alone or in a batch, or matched its filter. Or it is a child of (or
    /// related to) the entity that `delete_children` or `delete_related` was called on.
    ///
    /// It may be a descendant of another such entity.
    Direct,
    /// The entity was deleted along with another: it is a linked descendant of [`Origin::root`], or a hook or observer
    /// despawned it during the delete.
    ///
    /// Without a delete call, it was despawned with the entity that it was linked to, and the root is `None`.
    Cascade,
    /// The entity was despawned without a delete call, and not along with another entity.
    Despawn,
    /// The component was removed from an entity that stayed alive.
    ///
    /// Only with [`PostDeletePlugin::with_removals`](crate::PostDeletePlugin::with_removals).
    Remove,
    /// The component was replaced by a new value on an entity that stayed alive.
    ///
    /// Only with [`PostDeletePlugin::with_removals`](crate::PostDeletePlugin::with_removals).
    Replace,
}

impl DeleteKind {
    /// Whether the entity was despawned, rather than the component removed or replaced.
    pub(crate) const fn ends_entity(self) -> bool {
        !matches!(self, Self::Remove | Self::Replace)
    }
}
