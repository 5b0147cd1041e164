//! `entity_world_mut.delete()`.

use bevy_ecs::{change_detection::MaybeLocation, world::EntityWorldMut};

use super::{error::DeleteError, report::DeleteReport, single};

/// Deletes an entity at hand.
///
/// # Example
///
/// ```
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// let mut world = World::new();
/// let entity = world.spawn(Protected);
/// assert!(matches!(entity.delete(), Err(DeleteError::Protected { .. })));
/// ```
pub trait DeleteEntityWorldMutExt {
    /// Deletes the entity at once, with all that is linked to it.
    ///
    /// The same as [`DeleteWorldExt::delete`](crate::DeleteWorldExt::delete), with its errors.
    ///
    /// # Errors
    ///
    /// [`DeleteError::Protected`] if its tree holds a protected entity, and [`DeleteError::NotSpawned`] if a command
    /// that was queued in the world already takes the entity away first.
    ///
    /// # Example
    ///
    /// ```
    /// use bevy_ecs::prelude::*;
    /// use bevy_post_delete::prelude::*;
    ///
    /// let mut world = World::new();
    /// let entity = world.spawn(children![()]);
    /// let report = entity.delete()?;
    /// assert_eq!(report.entities(), 2);
    /// # Ok::<(), DeleteError>(())
    /// ```
    fn delete(self) -> Result<DeleteReport, DeleteError>;
}

impl DeleteEntityWorldMutExt for EntityWorldMut<'_> {
    #[track_caller]
    fn delete(self) -> Result<DeleteReport, DeleteError> {
        let caller = MaybeLocation::caller();
        let entity = self.id();
        single::delete_reported(self.into_world_mut(), entity, None, caller)
    }
}
