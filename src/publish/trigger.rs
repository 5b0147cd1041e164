//! The trigger that isolates observers of a message from each other.

use bevy_ecs::{
    entity::Entity,
    event::{Event, Trigger, trigger_entity_internal},
    observer::{CachedObservers, TriggerContext},
    ptr::PtrMut,
    world::DeferredWorld,
};

use crate::{
    message::PostDelete,
    panics::{FirstPanic, catch},
};

impl<S: Send + Sync + 'static> Event for PostDelete<S> {
    type Trigger<'a> = IsolatedTrigger;
}

/// Runs all observers of an event, each isolated from the others.
///
/// This is the [`Trigger`] of [`PostDelete`]. It works like [`GlobalTrigger`](bevy_ecs::event::GlobalTrigger), except
/// that a panic of one observer does not prevent the others from running. The first panic is kept. It is resumed when
/// [`publish_deletes`](crate::publish_deletes) has published everything, or when the trigger is dropped.
///
/// Without the feature `std`, a panic cannot be caught, so it prevents the other observers from running.
///
/// # Example
///
/// ```
/// # if cfg!(feature = "std") {
/// use std::panic::{AssertUnwindSafe, catch_unwind};
///
/// use bevy_ecs::prelude::*;
/// use bevy_post_delete::prelude::*;
///
/// #[derive(Component, Clone)]
/// struct Enemy;
///
/// #[derive(Resource, Default)]
/// struct Observed(usize);
///
/// let mut world = World::new();
/// world.track_deletes::<Enemy>();
/// world.init_resource::<Observed>();
/// world.add_observer(|_: On<PostDelete<Enemy>>| panic!("this observer is broken"));
/// world.add_observer(|_: On<PostDelete<Enemy>>, mut observed: ResMut<Observed>| observed.0 += 1);
///
/// world.spawn_batch([Enemy, Enemy]);
/// world.delete_all::<With<Enemy>>();
/// assert!(catch_unwind(AssertUnwindSafe(|| world.publish_deletes())).is_err());
/// assert_eq!(world.resource::<Observed>().0, 2); // the other observer ran for both
/// # }
/// ```
#[derive(Debug, Default)]
pub struct IsolatedTrigger {
    /// The first panic of an observer.
    pub(super) panic: FirstPanic,
}

#[expect(
    unsafe_code,
    reason = "only a custom trigger can run code between two observers of one event"
)]
// SAFETY: `E`'s `Event::Trigger` is constrained to `IsolatedTrigger`, so every observer that runs here was created for
// an `E` with an `IsolatedTrigger`.
unsafe impl<E: for<'a> Event<Trigger<'a> = Self>> Trigger<E> for IsolatedTrigger {
    unsafe fn trigger(
        &mut self,
        mut world: DeferredWorld,
        observers: &CachedObservers,
        context: &TriggerContext,
        event: &mut E,
    ) {
        // Bevy runs an observer once for each trigger id, and only its own triggers can start a new id. So this runs one of
        // them, without any observers.
        // SAFETY: there are no observers, so neither pointer is read.
        unsafe {
            trigger_entity_internal(
                world.reborrow(),
                &CachedObservers::default(),
                PtrMut::from(&mut *event),
                PtrMut::from(&mut *self),
                Entity::PLACEHOLDER,
                context,
            );
        }
        for (&observer, runner) in observers.global_observers() {
            let caught = catch(&mut || {
                // SAFETY: the caller of `trigger` ensures that `observers` come from `world` and match `E` and
                // `context`. The event pointer is to an `E`. The trigger pointer is to its `Event::Trigger`, which
                // `E`'s constraint makes `Self`.
                unsafe {
                    runner(
                        world.reborrow(),
                        observer,
                        context,
                        PtrMut::from(&mut *event),
                        PtrMut::from(&mut *self),
                    );
                }
            });
            self.panic.keep(caught);
        }
    }
}
