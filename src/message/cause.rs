//! Why an entity was deleted, and which entity caused it.

use core::fmt;

use bevy_ecs::entity::Entity;

/// The reason for a deletion: a text that the caller of the delete chooses.
///
/// Two reasons are equal if their texts are.
///
/// # Example
///
/// ```
/// use bevy_post_delete::prelude::*;
///
/// const LEVEL_ENDED: DeleteReason = DeleteReason::new("level ended");
///
/// assert_eq!(LEVEL_ENDED.as_str(), "level ended");
/// assert_eq!(LEVEL_ENDED.to_string(), "level ended");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "bevy_reflect", derive(bevy_reflect::Reflect))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct DeleteReason(&'static str);

impl DeleteReason {
    /// The app exits: the reason of [`DeleteAtExitPlugin`](crate::receivers::DeleteAtExitPlugin).
    pub const APP_EXIT: Self = Self::new("app exit");

    /// Creates a reason with this text.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_post_delete::prelude::*;
    /// const WON: DeleteReason = DeleteReason::new("won");
    /// assert_ne!(WON, DeleteReason::new("lost"));
    /// ```
    pub const fn new(reason: &'static str) -> Self {
        Self(reason)
    }

    /// Returns the text.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_post_delete::prelude::*;
    /// assert_eq!(DeleteReason::new("won").as_str(), "won");
    /// ```
    pub const fn as_str(&self) -> &'static str {
        self.0
    }

    /// Returns a cause with this reason and the entity that caused the deletion: the killer, the player, the capturing
    /// piece.
    ///
    /// # Example
    ///
    /// ```
    /// use bevy_ecs::{message::Messages, prelude::*};
    /// use bevy_post_delete::prelude::*;
    ///
    /// const KILLED: DeleteReason = DeleteReason::new("killed");
    ///
    /// #[derive(Component, Clone)]
    /// struct Enemy;
    ///
    /// let mut world = World::new();
    /// world.track_deletes::<Enemy>();
    /// let player = world.spawn_empty().id();
    /// let enemy = world.spawn(Enemy).id();
    ///
    /// world.because(KILLED.by(player)).delete(enemy)?;
    /// world.publish_deletes();
    ///
    /// let messages = world.resource::<Messages<PostDelete<Enemy>>>();
    /// let origin = messages.iter_current_update_messages().next().unwrap().origin;
    /// assert!(origin.has_reason(KILLED));
    /// assert_eq!(origin.instigator, Some(player));
    /// # Ok::<(), DeleteError>(())
    /// ```
    pub const fn by(self, instigator: Entity) -> DeleteCause {
        DeleteCause {
            reason: Some(self),
            instigator: Some(instigator),
        }
    }
}

impl fmt::Display for DeleteReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

/// The cause of a deletion: a reason, and the entity that caused it. Both are optional.
///
/// A [`DeleteReason`] converts into a cause without an instigator. Pass it to `because`, which every type with delete
/// methods has: see [`Because`](crate::Because).
///
/// # Example
///
/// ```
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// const KILLED: DeleteReason = DeleteReason::new("killed");
///
/// let player = Entity::PLACEHOLDER;
/// let by_player = DeleteCause { reason: Some(KILLED), instigator: Some(player) };
/// assert_eq!(KILLED.by(player), by_player);
/// assert_eq!(DeleteCause::from(KILLED).instigator, None);
///
/// let without_reason = DeleteCause { instigator: Some(player), ..Default::default() };
/// assert_eq!(without_reason.reason, None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "bevy_reflect", derive(bevy_reflect::Reflect))]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct DeleteCause {
    /// Why it was deleted, if the caller gave a reason.
    pub reason: Option<DeleteReason>,
    /// The entity that caused the deletion, if the caller named one.
    pub instigator: Option<Entity>,
}

impl From<DeleteReason> for DeleteCause {
    fn from(reason: DeleteReason) -> Self {
        Self {
            reason: Some(reason),
            instigator: None,
        }
    }
}
