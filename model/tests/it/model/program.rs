//! Programs: what is done to a world, in which order. No word of Bevy, so that the model can read them, too.
//!
//! A step names entities by [`Whom`], so that every list of steps is a program, and so is every part of one: that is
//! what lets a failing program shrink.

use std::fmt;

use proptest::{collection::vec, prelude::*};

/// A world to begin with, and what is done to it.
#[derive(Clone)]
pub(crate) struct Program {
    /// Whether entities with all the components are there before the tracking begins.
    pub(crate) late: bool,
    /// What is tracked from the beginning, and whether with removals.
    pub(crate) tracked: Vec<Type>,
    pub(crate) removals: bool,
    pub(crate) steps: Vec<Step>,
}

impl Program {
    /// Its steps, and a last one that tells what is left to tell.
    pub(crate) fn with_end(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().chain([&Step::Publish])
    }
}

/// One step a line, as Rust reads it.
impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            late,
            tracked,
            removals,
            steps,
        } = self;
        writeln!(f, "late: {late}, tracked: {tracked:?}, removals: {removals}, steps:")?;
        steps.iter().try_for_each(|step| writeln!(f, "    {step:?},"))
    }
}

/// An entity, by its place in a list, which goes round.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Whom {
    /// Among those alive when the step begins.
    Living(usize),
    /// Among those dead by then. Their ids may name others, but for the generation.
    Dead(usize),
}

/// The entities that a step can name. They are known by their number, in the order in which they were spawned.
#[derive(Debug)]
pub(crate) struct Cast {
    pub(crate) living: Vec<usize>,
    pub(crate) dead: Vec<usize>,
}

impl Cast {
    pub(crate) fn pick(&self, whom: Whom) -> Option<usize> {
        let (place, among) = match whom {
            Whom::Living(place) => (place, &self.living),
            Whom::Dead(place) => (place, &self.dead),
        };
        among.get(place.checked_rem(among.len())?).copied()
    }

    pub(crate) fn pick_all(&self, whom: &[Whom]) -> Vec<usize> {
        whom.iter().filter_map(|whom| self.pick(*whom)).collect()
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Spawn {
        /// This one is despawned first, and its index used again, for which Bevy itself takes its time.
        after: Option<Whom>,
        parts: Vec<(Part, u32)>,
        related: Option<(Relation, Whom)>,
    },
    Insert(Whom, Part, u32),
    Remove(Whom, Part),
    Relate(Whom, Relation, Whom),
    Unrelate(Whom, Relation),
    /// When the first goes, this becomes of the second.
    Take(Whom, Taking, Whom),
    Kill(Kill, By),
    Sweep(Sweep, Filter, By),
    /// One frame, with these commands in `Update`.
    Frame(Vec<Kill>),
    /// One fixed tick, with these commands in `FixedUpdate`.
    Tick(Vec<Kill>),
    Publish,
    Track(Type, Tracking),
    Untrack(Type),
    /// Whether somebody who does nothing observes what is removed. Nothing else may change by that.
    Watch(bool),
    /// The next `PostDelete<Marked>` that is observed deletes this one.
    Avenge(Whom),
}

impl Step {
    /// Whether it may delete one of those who can be named.
    pub(crate) fn is_delete(&self) -> bool {
        matches!(self, Self::Kill(..) | Self::Frame(_) | Self::Tick(_))
    }
}

/// Components that entities have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Part {
    /// In a table.
    Tabled,
    /// In a sparse set.
    Sparse,
    /// Of no size.
    Marked,
    /// With an `on_despawn` hook of its own.
    Hooked,
    /// Not `Clone`: to be moved out.
    Cargo,
    /// Not tracked by itself.
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

    /// What it keeps of a value. Markers keep nothing.
    pub(crate) fn keep(self, value: u32) -> u32 {
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
    /// What `Cargo` holds, moved out of it.
    Unloaded,
    /// `Tabled` with `Plain`; declines what has no `Plain`.
    Joined,
    /// An even `Tabled`; declines an odd one.
    Even,
}

impl Type {
    pub(crate) const ALL: [Self; 7] = [
        Self::Tabled,
        Self::Sparse,
        Self::Marked,
        Self::Hooked,
        Self::Unloaded,
        Self::Joined,
        Self::Even,
    ];

    /// The component whose end it tells.
    pub(crate) fn part(self) -> Part {
        match self {
            Self::Tabled | Self::Joined | Self::Even => Part::Tabled,
            Self::Sparse => Part::Sparse,
            Self::Marked => Part::Marked,
            Self::Hooked => Part::Hooked,
            Self::Unloaded => Part::Cargo,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Relation {
    /// Bevy's own: the target takes its sources along.
    ChildOf,
    /// One of ours: the target takes its sources along.
    ServesOn,
    /// The target takes nobody along.
    Likes,
}

impl Relation {
    /// In the order in which they are registered with the world.
    pub(crate) const ALL: [Self; 3] = [Self::ChildOf, Self::ServesOn, Self::Likes];

    pub(crate) fn is_linked(self) -> bool {
        self != Self::Likes
    }
}

/// How a type is tracked. Each says one thing, and leaves the other as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tracking {
    Plainly,
    WithRemovals,
    /// Only deletes are told, no despawns.
    IgnoringDespawns,
    /// Despawns are told.
    WithDespawns,
}

/// What becomes of another entity when one goes, and who sees to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taking {
    pub(crate) by: Taker,
    pub(crate) how: Fate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taker {
    DespawnObserver,
    DespawnHook,
    RemoveObserver,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Deleted,
    Despawned,
    /// Loses its `Tabled`.
    Stripped,
    /// Becomes a child of the parent of the one that goes.
    Adopted,
}

/// The end of one entity after the other, or in [`Way::DeleteBatch`] of all at once.
#[derive(Debug, Clone)]
pub(crate) struct Kill {
    pub(crate) way: Way,
    pub(crate) whom: Vec<Whom>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Delete,
    DeleteWith,
    TryDelete,
    DeleteBatch,
    DeleteRelated(Relation),
    Despawn,
    TryDespawn,
    DespawnRelated(Relation),
}

/// Through what an entity is deleted. What has no such form goes by commands.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By {
    Commands,
    World,
    EntityWorldMut,
}

/// The end of all that match. `Where` takes those with an even `Tabled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sweep {
    DeleteAll,
    DeleteAllWith,
    DeleteAllWhere,
    DespawnAll,
    DespawnAllWhere,
}

impl Sweep {
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
    /// The disabled among those with a `Tabled`.
    DisabledTabled,
}

/// What goes on in a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scene {
    /// At first, nobody but the crate's hooks hears of the end of anything, and there are no relations but Bevy's own.
    /// All that a delete takes can then be captured ahead.
    Quiet,
    Busy,
}

pub(crate) fn programs() -> impl Strategy<Value = Program> {
    prop_oneof![1 => programs_of(Scene::Quiet), 2 => programs_of(Scene::Busy)]
}

/// They begin with a population, so that there is something to delete.
fn programs_of(scene: Scene) -> impl Strategy<Value = Program> {
    let population = prop_oneof![2 => spawns(scene), 1 => takes(scene)];
    let steps = (vec(population, 0..24), vec(steps(scene), 1..24));
    let steps = steps.prop_map(|(population, steps)| [population, steps].concat());
    (any::<bool>(), any::<bool>(), steps).prop_map(move |(late, removals, steps)| match scene {
        Scene::Quiet => Program {
            late: false,
            // One for each component, or only the first could have its hook.
            tracked: vec![Type::Tabled, Type::Sparse, Type::Marked, Type::Unloaded],
            removals: false,
            steps,
        },
        Scene::Busy => Program {
            late,
            tracked: Type::ALL.to_vec(),
            removals,
            steps,
        },
    })
}

fn steps(scene: Scene) -> impl Strategy<Value = Step> {
    use Step::*;
    prop_oneof![
        8 => spawns(scene),
        2 => (living(), parts(scene)).prop_map(|(whom, (part, value))| Insert(whom, part, value)),
        2 => (living(), parts(scene)).prop_map(|(whom, (part, _))| Remove(whom, part)),
        3 => (living(), relations(scene), whom()).prop_map(|(source, relation, target)| Relate(source, relation, target)),
        1 => (living(), relations(scene)).prop_map(|(whom, relation)| Unrelate(whom, relation)),
        3 => takes(scene),
        5 => (kills(scene), bys()).prop_map(|(kill, by)| Kill(kill, by)),
        2 => (sweeps(), filters(), bys()).prop_map(|(sweep, filter, by)| Sweep(sweep, filter, by)),
        2 => vec(kills(scene), 0..3).prop_map(Frame),
        1 => vec(kills(scene), 0..3).prop_map(Tick),
        1 => Just(Publish),
        1 => (types(), trackings()).prop_map(|(snapshot, tracking)| Track(snapshot, tracking)),
        1 => types().prop_map(Untrack),
        1 => any::<bool>().prop_map(move |watched| Watch(watched && scene == Scene::Busy)),
        1 => whom().prop_map(Avenge),
    ]
}

fn spawns(scene: Scene) -> impl Strategy<Value = Step> {
    let after = prop::option::weighted(0.1, living());
    let related = prop::option::weighted(0.8, (relations(scene), living()));
    (after, vec(parts(scene), 0..5), related).prop_map(|(after, parts, related)| Step::Spawn { after, parts, related })
}

fn takes(scene: Scene) -> BoxedStrategy<Step> {
    let any = || (0..16_usize).prop_map(Whom::Living);
    match scene {
        Scene::Quiet => spawns(scene).boxed(),
        Scene::Busy => (any(), takings(), any())
            .prop_map(|(first, taking, second)| Step::Take(first, taking, second))
            .boxed(),
    }
}

/// The first ones more often than others: they have the most descendants.
fn living() -> impl Strategy<Value = Whom> {
    prop_oneof![0..2_usize, 0..16_usize].prop_map(Whom::Living)
}

fn whom() -> impl Strategy<Value = Whom> {
    prop_oneof![4 => living(), 1 => (0..32_usize).prop_map(Whom::Dead)]
}

fn parts(scene: Scene) -> impl Strategy<Value = (Part, u32)> {
    use Part::*;
    let if_busy = |weight| if scene == Scene::Busy { weight } else { 0 };
    let part = prop_oneof![
        20 => Just(Tabled),
        10 => Just(Sparse),
        10 => Just(Marked),
        7 => Just(Cargo),
        10 => Just(Plain),
        3 => Just(Disabled),
        1 => Just(Protected),
        if_busy(7) => Just(Hooked),
    ];
    (part, 0..100_u32)
}

fn relations(scene: Scene) -> impl Strategy<Value = Relation> {
    use Relation::*;
    let if_busy = |weight| if scene == Scene::Busy { weight } else { 0 };
    prop_oneof![4 => Just(ChildOf), if_busy(2) => Just(ServesOn), if_busy(1) => Just(Likes)]
}

fn types() -> impl Strategy<Value = Type> {
    prop::sample::select(&Type::ALL)
}

fn trackings() -> impl Strategy<Value = Tracking> {
    use Tracking::*;
    prop::sample::select(&[Plainly, WithRemovals, IgnoringDespawns, WithDespawns][..])
}

fn takings() -> impl Strategy<Value = Taking> {
    use {Fate::*, Taker::*};
    let by = prop_oneof![Just(DespawnObserver), Just(DespawnHook), Just(RemoveObserver)];
    let how = prop_oneof![3 => Just(Deleted), 2 => Just(Despawned), 1 => Just(Stripped), 3 => Just(Adopted)];
    (by, how).prop_map(|(by, how)| Taking { by, how })
}

fn kills(scene: Scene) -> impl Strategy<Value = Kill> {
    use Way::*;
    let way = prop_oneof![
        6 => Just(Delete),
        2 => Just(DeleteWith),
        1 => Just(TryDelete),
        2 => Just(DeleteBatch),
        2 => relations(scene).prop_map(DeleteRelated),
        3 => Just(Despawn),
        1 => Just(TryDespawn),
        1 => relations(scene).prop_map(DespawnRelated),
    ];
    (way, vec(whom(), 1..4)).prop_map(|(way, whom)| Kill { way, whom })
}

fn bys() -> impl Strategy<Value = By> {
    prop_oneof![Just(By::Commands), Just(By::World), Just(By::EntityWorldMut)]
}

fn sweeps() -> impl Strategy<Value = Sweep> {
    use Sweep::*;
    prop::sample::select(&[DeleteAll, DeleteAllWith, DeleteAllWhere, DespawnAll, DespawnAllWhere][..])
}

fn filters() -> impl Strategy<Value = Filter> {
    use Filter::*;
    prop::sample::select(&[Tabled, Sparse, Plain, DisabledTabled][..])
}
