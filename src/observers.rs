//! How observers are told of a deletion, each on its own.

use bevy_ecs::{
    entity::Entity,
    event::{Event, Trigger, trigger_entity_internal},
    observer::{CachedObservers, TriggerContext},
    ptr::PtrMut,
    world::DeferredWorld,
};

use crate::{deletions::Panic, message::PostDelete};

impl<S: Send + Sync + 'static> Event for PostDelete<S> {
    type Trigger<'a> = IsolatedTrigger;
}

/// Runs all observers of an event, each isolated from the others.
///
/// The [`Trigger`] of [`PostDelete`]: as [`GlobalTrigger`](bevy_ecs::event::GlobalTrigger), except that an observer that
/// panics takes the event from no other. The panic is kept, and goes on when all have been told: by
/// [`publish_deletes`](crate::publish_deletes), or when the trigger is dropped.
///
/// Without the feature `std`, a panic cannot be kept, and goes on at once.
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
/// struct Told(usize);
///
/// let mut world = World::new();
/// world.track_deletes::<Enemy>();
/// world.init_resource::<Told>();
/// world.add_observer(|_: On<PostDelete<Enemy>>| panic!("this one is broken"));
/// world.add_observer(|_: On<PostDelete<Enemy>>, mut told: ResMut<Told>| told.0 += 1);
///
/// world.spawn_batch([Enemy, Enemy]);
/// world.delete_all::<With<Enemy>>();
/// assert!(catch_unwind(AssertUnwindSafe(|| world.publish_deletes())).is_err());
/// assert_eq!(world.resource::<Told>().0, 2); // the other has heard of both
/// # }
/// ```
#[derive(Default)]
pub struct IsolatedTrigger {
    pub(crate) panic: Option<Panic>,
}

#[cfg(feature = "std")]
impl Drop for IsolatedTrigger {
    fn drop(&mut self) {
        if let Some(panic) = self.panic.take()
            && !std::thread::panicking()
        {
            std::panic::resume_unwind(panic);
        }
    }
}

impl core::fmt::Debug for IsolatedTrigger {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("IsolatedTrigger")
            .field("panicked", &self.panic.is_some())
            .finish()
    }
}

#[expect(
    unsafe_code,
    reason = "only a trigger of our own can come between two observers of one event"
)]
// SAFETY: `E`'s `Event::Trigger` is constrained to `IsolatedTrigger`, so every observer that is run here was made for an
// `E` with an `IsolatedTrigger`.
unsafe impl<E: for<'a> Event<Trigger<'a> = Self>> Trigger<E> for IsolatedTrigger {
    unsafe fn trigger(
        &mut self,
        mut world: DeferredWorld,
        observers: &CachedObservers,
        context: &TriggerContext,
        event: &mut E,
    ) {
        // An observer runs once a trigger id, and only Bevy's own triggers can begin a new one: so this is one with nobody
        // to run.
        // SAFETY: no observer is given, so neither pointer is read.
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
            let caught = catch(|| {
                // SAFETY: the caller of `trigger` ensures that `observers` come from `world` and match `E` and
                // `context`; the event pointer is to an `E`, and the trigger pointer to its `Event::Trigger`, which
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
            if let Err(panic) = caught {
                self.panic.get_or_insert(panic);
            }
        }
    }
}

/// Runs `f`, and gives back what it panics with.
#[cfg(feature = "std")]
pub(crate) fn catch(f: impl FnOnce()) -> Result<(), Panic> {
    std::panic::catch_unwind(core::panic::AssertUnwindSafe(f))
}

/// Runs `f`.
#[cfg(not(feature = "std"))]
pub(crate) fn catch(f: impl FnOnce()) -> Result<(), Panic> {
    f();
    Ok(())
}
