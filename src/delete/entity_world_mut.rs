//! `world.spawn(Enemy).delete()`

use bevy_ecs::{hierarchy::Children, relationship::RelationshipTarget, world::EntityWorldMut};

use super::{because::Because, bulk, error::DeleteError, report::DeleteReport, world::DeleteWorldExt};
use crate::{message::DeleteCause, track::context::DeleteCall};

/// Deletes an entity immediately, through its [`EntityWorldMut`].
///
/// # Panics
///
/// A panic of a hook, an observer or a capture is propagated to the caller: see
/// [`DeleteWorldExt`](super::DeleteWorldExt#panics).
///
/// # Example
///
/// ```
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// let mut world = World::new();
/// let mut entity = world.spawn(children![(), ()]);
/// assert_eq!(entity.delete_children().entity_count(), 2);
/// entity.delete()?;
/// # Ok::<(), DeleteError>(())
/// ```
pub trait DeleteEntityWorldMutExt: Sized {
    /// Returns a [`Because`], whose delete methods record this cause.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// const SOLD: DeleteReason = DeleteReason::new("sold");
    ///
    /// let mut world = World::new();
    /// let merchant = world.spawn_empty().id();
    /// let report = world.spawn_empty().because(SOLD.by(merchant)).delete()?;
    /// assert_eq!(report.entity_count(), 1);
    /// # Ok::<(), DeleteError>(())
    /// ```
    fn because(self, cause: impl Into<DeleteCause>) -> Because<Self>;

    /// Deletes the entity, with everything that is linked to it.
    ///
    /// # Errors
    ///
    /// [`DeleteError::Protected`] if its tree contains a protected entity. [`DeleteError::NotSpawned`] if a command
    /// that was queued in the world despawns it first.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let mut world = World::new();
    /// let entity = world.spawn(children![()]);
    /// assert_eq!(entity.delete()?.entity_count(), 2);
    ///
    /// let entity = world.spawn(Protected);
    /// assert!(matches!(entity.delete(), Err(DeleteError::Protected { .. })));
    /// # Ok::<(), DeleteError>(())
    /// ```
    #[doc(alias = "despawn")]
    fn delete(self) -> Result<DeleteReport, DeleteError>;

    /// Deletes the entity, with everything that is linked to it, and records the cause.
    ///
    /// Short for `because(cause).delete()`.
    ///
    /// # Errors
    ///
    /// Those of [`delete`](Self::delete).
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let mut world = World::new();
    /// let report = world.spawn_empty().delete_with(DeleteReason::new("expired"))?;
    /// assert_eq!(report.entity_count(), 1);
    /// # Ok::<(), DeleteError>(())
    /// ```
    fn delete_with(self, cause: impl Into<DeleteCause>) -> Result<DeleteReport, DeleteError>;

    /// Deletes the entities that are related to this one by `R`, with everything that is linked to them, but not this
    /// one (unless it is itself related or linked to them).
    ///
    /// Skips protected trees, and logs how many.
    ///
    /// # Panics
    ///
    /// If a command that was queued in the world despawns the entity, later methods of this [`EntityWorldMut`] panic,
    /// as after any [`EntityWorldMut`] method that applies commands.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let mut world = World::new();
    /// let mut entity = world.spawn(children![(), ()]);
    /// assert_eq!(entity.delete_related::<Children>().entity_count(), 2);
    /// assert!(!entity.contains::<Children>());
    /// ```
    #[doc(alias = "despawn_related")]
    fn delete_related<R: RelationshipTarget>(&mut self) -> DeleteReport;

    /// Deletes the children of the entity, with everything that is linked to them, but not the entity itself.
    ///
    /// Short for [`delete_related::<Children>()`](Self::delete_related).
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let mut world = World::new();
    /// let mut entity = world.spawn(children![(), ()]);
    /// assert_eq!(entity.delete_children().entity_count(), 2);
    /// ```
    #[doc(alias = "despawn_children")]
    #[track_caller]
    fn delete_children(&mut self) -> DeleteReport {
        self.delete_related::<Children>()
    }
}

impl DeleteEntityWorldMutExt for EntityWorldMut<'_> {
    fn because(self, cause: impl Into<DeleteCause>) -> Because<Self> {
        Because::new(self, cause)
    }

    #[track_caller]
    fn delete(self) -> Result<DeleteReport, DeleteError> {
        self.because(DeleteCause::default()).delete()
    }

    #[track_caller]
    fn delete_with(self, cause: impl Into<DeleteCause>) -> Result<DeleteReport, DeleteError> {
        self.because(cause).delete()
    }

    #[track_caller]
    fn delete_related<R: RelationshipTarget>(&mut self) -> DeleteReport {
        bulk::delete_related::<R>(self, DeleteCall::new(DeleteCause::default()))
    }
}

impl Because<EntityWorldMut<'_>> {
    /// Like [`DeleteEntityWorldMutExt::delete`], with the cause. See [`DeleteEntityWorldMutExt::because`] for an
    /// example.
    ///
    /// # Errors
    ///
    /// Those of [`DeleteEntityWorldMutExt::delete`].
    #[track_caller]
    pub fn delete(self) -> Result<DeleteReport, DeleteError> {
        let entity = self.target.id();
        self.target.into_world_mut().delete_with(entity, self.cause)
    }

    /// Like [`DeleteEntityWorldMutExt::delete_related`], with the cause.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let mut world = World::new();
    /// let entity = world.spawn(children![(), ()]);
    /// let report = entity.because(DeleteReason::new("sold")).delete_related::<Children>();
    /// assert_eq!(report.entity_count(), 2);
    /// ```
    #[track_caller]
    pub fn delete_related<R: RelationshipTarget>(&mut self) -> DeleteReport {
        bulk::delete_related::<R>(&mut self.target, DeleteCall::new(self.cause))
    }

    /// Like [`DeleteEntityWorldMutExt::delete_children`], with the cause.
    ///
    /// # Example
    ///
    /// ```
    /// # use bevy_ecs::prelude::*;
    /// # use bevy_post_delete::prelude::*;
    /// let mut world = World::new();
    /// let report = world.spawn(children![()]).because(DeleteReason::new("sold")).delete_children();
    /// assert_eq!(report.entity_count(), 1);
    /// ```
    #[track_caller]
    pub fn delete_children(&mut self) -> DeleteReport {
        self.delete_related::<Children>()
    }
}
