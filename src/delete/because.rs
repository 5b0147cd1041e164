//! Deleting with a cause.

use crate::message::DeleteCause;

/// Deletes with a cause. Returned by `because`. It has the delete methods of the type that `because` was called on,
/// except for `delete_with`.
///
/// | on | `because` |
/// |---|---|
/// | [`EntityCommands`](bevy_ecs::system::EntityCommands) | [`DeleteEntityCommandsExt::because`](crate::DeleteEntityCommandsExt::because) |
/// | [`Commands`](bevy_ecs::system::Commands) | [`DeleteCommandsExt::because`](crate::DeleteCommandsExt::because) |
/// | [`World`](bevy_ecs::world::World) | [`DeleteWorldExt::because`](crate::DeleteWorldExt::because) |
/// | [`EntityWorldMut`](bevy_ecs::world::EntityWorldMut) | [`DeleteEntityWorldMutExt::because`](crate::DeleteEntityWorldMutExt::because) |
///
/// The cause is a [`DeleteReason`](crate::DeleteReason), or a reason with the entity that caused the deletion:
/// [`DeleteReason::by`](crate::DeleteReason::by). It is recorded in the [`Origin`](crate::Origin) of everything that
/// the call deletes, cascades included.
///
/// # Example
///
/// ```
/// use bevy_ecs::{message::Messages, prelude::*};
/// use bevy_post_delete::prelude::*;
///
/// const KILLED: DeleteReason = DeleteReason::new("killed");
/// const LEVEL_UNLOADED: DeleteReason = DeleteReason::new("level unloaded");
///
/// #[derive(Component, Clone)]
/// struct Enemy;
///
/// let mut world = World::new();
/// world.track_deletes::<Enemy>();
/// let player = world.spawn_empty().id();
/// let [orc, _] = [world.spawn(Enemy).id(), world.spawn(Enemy).id()];
///
/// let mut commands = world.commands();
/// commands.entity(orc).because(KILLED.by(player)).delete();
/// commands.because(LEVEL_UNLOADED).delete_all::<With<Enemy>>();
/// world.flush();
/// world.publish_deletes();
///
/// let mut messages = world.resource_mut::<Messages<PostDelete<Enemy>>>();
/// let origins: Vec<_> = messages.drain().map(|deleted| deleted.origin).collect();
/// assert!(origins[0].has_reason(KILLED));
/// assert_eq!(origins[0].instigator, Some(player));
/// assert!(origins[1].has_reason(LEVEL_UNLOADED));
/// ```
#[must_use = "nothing is deleted until a delete method is called"]
#[derive(Debug)]
pub struct Because<T> {
    pub(super) target: T,
    pub(super) cause: DeleteCause,
}

impl<T> Because<T> {
    #[inline]
    pub(super) fn new(target: T, cause: impl Into<DeleteCause>) -> Self {
        Self {
            target,
            cause: cause.into(),
        }
    }
}
