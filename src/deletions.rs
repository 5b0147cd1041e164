//! What a world tracks.

use alloc::{boxed::Box, vec::Vec};
use core::any::{Any, TypeId};

use bevy_ecs::{component::ComponentId, entity::Entity, resource::Resource, world::World};
use smallvec::SmallVec;

#[cfg(not(feature = "std"))]
use crate::delete::open::{Open, Tally};

/// What the crate knows about a world, but for the messages of each type. Present once anything was tracked.
#[derive(Resource, Default)]
pub(crate) struct Deletions {
    /// The tracked snapshot types, in the order of registration.
    types: Vec<TrackedType>,
    /// The hooks that were given to components, and cannot be taken away from them again.
    hooks: Vec<Hook>,
    /// Whether a delete ran within another since the last publish.
    pub(crate) interleaved: bool,
    /// Whether a publish is under way.
    pub(crate) publishing: bool,
    publishes: u32,
    pub(crate) operations: Operations,
    #[cfg(not(feature = "std"))]
    pub(crate) open: Option<Open>,
    #[cfg(not(feature = "std"))]
    pub(crate) tally: Tally,
}

/// The number of the delete that was numbered last.
///
/// With `std`, every [`Pending`](crate::pending::Pending) shares it, so that a capture need not look for it.
#[cfg(feature = "std")]
pub(crate) type Operations = alloc::sync::Arc<core::sync::atomic::AtomicU64>;
#[cfg(not(feature = "std"))]
pub(crate) type Operations = u64;

/// A tracked snapshot type, and what can be done with it without naming it.
#[derive(Clone)]
pub(crate) struct TrackedType {
    pub(crate) snapshot: TypeId,
    pub(crate) component: ComponentId,
    pub(crate) functions: Functions,
}

/// What can be done with a snapshot type without naming it.
#[derive(Clone, Copy)]
pub(crate) struct Functions {
    /// Captures those of the entities that have the component, before they go, and returns how many messages that made.
    pub(crate) capture_ahead: fn(&mut World, &[Entity]) -> usize,
    /// Forgets what was captured of entities that live on.
    pub(crate) retract_living: fn(&mut World),
    /// Sets aside what is pending, and returns how many messages that are.
    pub(crate) seal: fn(&mut World, Sealing) -> usize,
    /// How many messages wait to be published.
    #[cfg(feature = "diagnostic")]
    pub(crate) pending: fn(&World) -> usize,
    /// Publishes what is set aside, and gives back what an observer has panicked with.
    pub(crate) publish: fn(&mut World) -> Option<Panic>,
}

/// A component's despawn hook that captures for a snapshot type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hook {
    pub(crate) snapshot: TypeId,
    pub(crate) component: ComponentId,
}

/// How to set aside what is pending.
#[derive(Clone, Copy)]
pub(crate) struct Sealing {
    /// A delete ran within another.
    pub(crate) interleaved: bool,
    /// Give back memory that only a burst has needed.
    pub(crate) shrink: bool,
}

/// What [`catch_unwind`](https://doc.rust-lang.org/std/panic/fn.catch_unwind.html) gives for a panic.
pub(crate) type Panic = Box<dyn Any + Send>;

/// After this many publishes, buffers give back what only a burst has needed.
const PUBLISHES_PER_SHRINK: u32 = 128;

impl Deletions {
    pub(crate) fn track(&mut self, tracked: TrackedType) {
        self.types.push(tracked);
    }

    pub(crate) fn tracks(&self, snapshot: TypeId) -> bool {
        self.types.iter().any(|tracked| tracked.snapshot == snapshot)
    }

    /// Returns whether it was tracked.
    pub(crate) fn untrack(&mut self, snapshot: TypeId) -> bool {
        let before = self.types.len();
        self.types.retain(|tracked| tracked.snapshot != snapshot);
        self.types.len() < before
    }

    /// The tracked types, in the order of registration.
    pub(crate) fn types(&self) -> &[TrackedType] {
        &self.types
    }

    pub(crate) fn add_hook(&mut self, hook: Hook) {
        self.hooks.push(hook);
    }

    /// Whether this hook was given to its component.
    pub(crate) fn has_hook(&self, hook: Hook) -> bool {
        self.hooks.contains(&hook)
    }

    /// Whether the component's despawn hook only captures.
    pub(crate) fn is_hooked(&self, component: ComponentId) -> bool {
        self.hooks.iter().any(|hook| hook.component == component)
    }

    /// What a publish that begins now has to do: for which types, in the order of registration, and how to seal them.
    pub(crate) fn begin_publish(&mut self) -> (SmallVec<[Functions; 8]>, Sealing) {
        self.publishing = true;
        self.publishes = self.publishes.wrapping_add(1);
        let sealing = Sealing {
            interleaved: core::mem::take(&mut self.interleaved),
            shrink: self.publishes.is_multiple_of(PUBLISHES_PER_SHRINK),
        };
        (self.types.iter().map(|tracked| tracked.functions).collect(), sealing)
    }
}
