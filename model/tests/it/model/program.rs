//! Programs: the steps that are taken in a world. Nothing here depends on Bevy, so the model can read them, too.
//!
//! A step names entities by a [`Choice`], so every list of steps is a program, and so is every part of one. That is why
//! a failing program can shrink.

use std::fmt;

use super::faults::Fault;

/// The initial state of a world, and the steps that are taken in it.
#[derive(Clone)]
pub(crate) struct Program {
    /// Whether an entity with all components was spawned before the first type is tracked.
    pub(crate) tracks_late: bool,
    /// The types that are tracked from the beginning, and whether with removals.
    pub(crate) tracked: Vec<Type>,
    pub(crate) removals: bool,
    /// Whether the world's error handler ignores faults. A frame always does.
    pub(crate) ignores_faults: bool,
    pub(crate) steps: Vec<Step>,
}

impl Program {
    /// Returns its steps, and a last one that publishes the messages that are still pending.
    pub(crate) fn with_last_publish(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().chain([&Step::Publish])
    }
}

/// One step a line, in Rust syntax.
impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            tracks_late,
            tracked,
            removals,
            ignores_faults,
            steps,
        } = self;
        write!(
            f,
            "tracks_late: {tracks_late}, tracked: {tracked:?}, removals: {removals}, "
        )?;
        writeln!(f, "ignores_faults: {ignores_faults}, steps:")?;
        steps.iter().try_for_each(|step| writeln!(f, "    {step:?},"))
    }
}

/// An entity, by its position in a list, modulo the length of that list.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Choice {
    /// Among the entities that are spawned when the step begins.
    Spawned(usize),
    /// Among the entities that are despawned by then. Their indices may be in use again, with another generation.
    Despawned(usize),
}

/// The entities that a step can choose from. They are numbered in the order in which they were spawned.
#[derive(Debug)]
pub(crate) struct Choices {
    pub(crate) spawned: Vec<usize>,
    pub(crate) despawned: Vec<usize>,
}

impl Choices {
    pub(crate) fn pick(&self, choice: Choice) -> Option<usize> {
        let (position, list) = match choice {
            Choice::Spawned(position) => (position, &self.spawned),
            Choice::Despawned(position) => (position, &self.despawned),
        };
        list.get(position.checked_rem(list.len())?).copied()
    }

    pub(crate) fn pick_all(&self, choices: &[Choice]) -> Vec<usize> {
        choices.iter().filter_map(|choice| self.pick(*choice)).collect()
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Spawn {
        /// This entity is despawned first, and its index is used again at once.
        after: Option<Choice>,
        parts: Vec<(Part, u32)>,
        related: Option<(Relation, Choice)>,
    },
    Insert(Choice, Part, u32),
    Remove(Choice, Part),
    Relate(Choice, Relation, Choice),
    Unrelate(Choice, Relation),
    /// The despawn of the first entity affects the second one.
    React(Choice, Reaction, Choice),
    Deletion(Deletion, Access),
    Bulk(Bulk, Filter, Access),
    /// One frame, in which a system in `Update` queues these deletions.
    Frame(Vec<Deletion>),
    /// One fixed tick, in which a system in `FixedUpdate` queues these deletions.
    Tick(Vec<Deletion>),
    Publish,
    Track(Type, Tracking),
    Untrack(Type),
    /// Untracks a type, and tracks it again.
    Retrack(Type),
    /// Whether observers of the lifecycle events of [`Part::Tabled`] exist. Without a fault, they do nothing.
    Observe(bool),
    /// The next `PostDelete<Marked>` that triggers an observer deletes this entity.
    DeleteOnPublish(Choice),
    Arm(Fault),
}

impl Step {
    /// Whether it may delete one of the entities that can be chosen.
    pub(crate) fn is_delete(&self) -> bool {
        matches!(self, Self::Deletion(..) | Self::Frame(_) | Self::Tick(_))
    }

    /// Whether it runs the schedule `Cleanup` or `FixedCleanup`.
    pub(crate) fn runs_cleanup(&self) -> bool {
        matches!(self, Self::Frame(_) | Self::Tick(_))
    }

    pub(crate) fn publishes(&self) -> bool {
        self.runs_cleanup() || matches!(self, Self::Publish)
    }
}

/// The components that entities have, other than relationships.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Part {
    /// Stored in a table.
    Tabled,
    /// Stored in a sparse set.
    Sparse,
    /// Zero-sized.
    Marked,
    /// Has hooks and observers of its own.
    Hooked,
    /// Not `Clone`, so its data is moved out.
    Cargo,
    /// Not tracked.
    Plain,
    Disabled,
    Protected,
}

impl Part {
    pub(crate) const ALL: [Self; 8] = [
        Self::Tabled,
        Self::Sparse,
        Self::Marked,
        Self::Hooked,
        Self::Cargo,
        Self::Plain,
        Self::Disabled,
        Self::Protected,
    ];

    /// Returns the value that it stores. Markers store none.
    pub(crate) fn stored(self, value: u32) -> u32 {
        match self {
            Self::Tabled | Self::Sparse | Self::Hooked | Self::Cargo | Self::Plain => value,
            Self::Marked | Self::Disabled | Self::Protected => 0,
        }
    }
}

/// Snapshot types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Type {
    Tabled,
    Sparse,
    Marked,
    Hooked,
    /// The data of `Cargo`, moved out of it.
    Unloaded,
    /// `Tabled` with `Plain`. Declines entities without `Plain`.
    Joined,
    /// An even `Tabled`. Declines an odd one.
    Even,
    /// The parent in `ChildOf`.
    Child,
    /// The length of `Children`. A delete may remove `Children` before it reaches the parent, so whether this type is
    /// captured is not guaranteed, and the model ignores it.
    Parent,
}

impl Type {
    pub(crate) const ALL: [Self; 9] = [
        Self::Tabled,
        Self::Sparse,
        Self::Marked,
        Self::Hooked,
        Self::Unloaded,
        Self::Joined,
        Self::Even,
        Self::Child,
        Self::Parent,
    ];

    /// Returns the component whose despawn it tracks, unless that is a relationship.
    pub(crate) fn part(self) -> Option<Part> {
        match self {
            Self::Tabled | Self::Joined | Self::Even => Some(Part::Tabled),
            Self::Sparse => Some(Part::Sparse),
            Self::Marked => Some(Part::Marked),
            Self::Hooked => Some(Part::Hooked),
            Self::Unloaded => Some(Part::Cargo),
            Self::Child | Self::Parent => None,
        }
    }

    /// Whether its messages can be predicted.
    pub(crate) fn is_predictable(self) -> bool {
        self != Self::Parent
    }

    /// Returns how it is tracked. Which relationships a delete removes, and when, is not guaranteed.
    pub(crate) fn supported(self, tracking: Tracking) -> Tracking {
        match tracking {
            Tracking::WithRemovals if self.part().is_none() => Tracking::Plainly,
            _ => tracking,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Relation {
    /// Bevy's own, which is linked.
    ChildOf,
    /// Linked: its sources are despawned with the target.
    ServesOn,
    /// Not linked.
    Likes,
}

impl Relation {
    /// In the order in which they are registered with the world.
    pub(crate) const ALL: [Self; 3] = [Self::ChildOf, Self::ServesOn, Self::Likes];

    pub(crate) fn is_linked(self) -> bool {
        self != Self::Likes
    }
}

/// How a type is tracked. Each changes one setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tracking {
    Plainly,
    WithRemovals,
    /// Only deletes are published.
    IgnoringDespawns,
    /// Despawns are published again.
    WithDespawns,
}

/// How the despawn of one entity affects another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reaction {
    pub(crate) source: ReactionSource,
    pub(crate) effect: Effect,
}

/// The user's code that reacts to a despawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReactionSource {
    DespawnObserver,
    DespawnHook,
    RemoveObserver,
}

/// The effect of a command of that code on the other entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Delete,
    Despawn,
    /// Deletes its children, in bulk.
    DeleteChildren,
    /// Removes its `Tabled`.
    Remove,
    /// Replaces its `Tabled`, or inserts one.
    Replace,
    /// Makes it a child of the parent of the despawned entity.
    Reparent,
}

/// The value that [`Effect::Replace`] inserts.
pub(crate) const REPLACEMENT: u32 = 100;

/// The deletion of entities one after the other, or in [`Method::DeleteBatch`] of all at once.
#[derive(Debug, Clone)]
pub(crate) struct Deletion {
    pub(crate) method: Method,
    /// The first one is also the instigator, if the method records a cause.
    pub(crate) entities: Vec<Choice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Delete,
    DeleteWith,
    TryDelete,
    DeleteBatch,
    DeleteRelated(Relation),
    Despawn,
    TryDespawn,
    DespawnRelated(Relation),
}

impl Method {
    /// Whether it deletes the entities themselves, and not those that are related to them.
    pub(crate) fn is_delete(self) -> bool {
        matches!(self, Self::Delete | Self::DeleteWith | Self::DeleteBatch)
    }
}

/// The type on which a method is called. If that type lacks the method, it is called on `Commands`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Access {
    Commands,
    World,
    EntityWorldMut,
}

/// The deletion of all entities that match a filter, and for `Where` have an even `Tabled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bulk {
    DeleteAll,
    DeleteAllWith,
    DeleteAllWhere,
    DespawnAll,
    DespawnAllWhere,
}

impl Bulk {
    pub(crate) fn is_conditional(self) -> bool {
        matches!(self, Self::DeleteAllWhere | Self::DespawnAllWhere)
    }

    pub(crate) fn is_delete(self) -> bool {
        !matches!(self, Self::DespawnAll | Self::DespawnAllWhere)
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Filter {
    Tabled,
    Sparse,
    Plain,
    /// Entities that have a `Tabled` and are disabled.
    DisabledTabled,
}
