//! How random programs are drawn.

use proptest::{collection::vec, prelude::*};

use super::{
    faults::{Action, Fault, Place},
    program::{
        Access, Bulk, Choice, Deletion, Effect, Filter, Method, Part, Program, Reaction, ReactionSource, Relation,
        Step, Tracking, Type,
    },
};

/// Which code runs in a program besides this crate's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scene {
    /// At first, no hooks and observers but this crate's, and no relationships but Bevy's hierarchy. So a delete can
    /// take all its snapshots before the first despawn.
    Unobserved,
    Observed,
}

pub(crate) fn programs() -> impl Strategy<Value = Program> {
    prop_oneof![1 => programs_of(Scene::Unobserved), 2 => programs_of(Scene::Observed)]
}

/// Draws programs with faults at this place.
pub(crate) fn programs_with_faults(place: Place, action: Action) -> impl Strategy<Value = Program> {
    let scene = if place.is_observed() { 0 } else { 1 };
    let programs = prop_oneof![scene => programs_of(Scene::Unobserved), 2 => programs_of(Scene::Observed)];
    let faults = vec(
        (any::<prop::sample::Index>(), 0..5_usize, any::<prop::sample::Index>()),
        1..4,
    );
    (programs, any::<bool>(), faults).prop_map(move |(mut program, ignores_faults, faults)| {
        program.ignores_faults = ignores_faults;
        if place.is_observed() || place == Place::Drop {
            program.steps.insert(0, Step::Observe(true));
        }
        for (position, nth, snapshot) in faults {
            // An action that needs a type affects a random one.
            let action = action.on(*snapshot.get(&Type::ALL));
            let position = position.index(program.steps.len() + 1);
            let steps = around(Fault { place, nth, action });
            program.steps.splice(position..position, steps);
        }
        program
    })
}

/// Returns the step that arms a fault, among steps that make it happen if it is rare otherwise.
fn around(fault: Fault) -> Vec<Step> {
    let arm = Step::Arm(fault);
    match fault.place {
        Place::Condition => vec![arm, Step::Bulk(Bulk::DeleteAllWhere, Filter::Tabled, Access::World)],
        Place::System | Place::Receiver | Place::Key => vec![arm, Step::Frame(Vec::new())],
        // Snapshots are dropped when their entity survives a panic, and when their type is untracked.
        Place::Drop => {
            let place = Place::RemoveObserver;
            vec![
                Step::Arm(Fault { place, ..fault }),
                Step::Bulk(Bulk::DespawnAll, Filter::Tabled, Access::World),
                arm,
                Step::Bulk(Bulk::DeleteAll, Filter::Tabled, Access::World),
                Step::Untrack(Type::Even),
            ]
        }
        _ => vec![arm],
    }
}

/// They begin by spawning entities, so that there is something to delete.
fn programs_of(scene: Scene) -> impl Strategy<Value = Program> {
    let population = prop_oneof![2 => spawns(scene), 1 => reactions(scene)];
    let steps = (vec(population, 0..24), vec(steps(scene), 1..24));
    let steps = steps.prop_map(|(population, steps)| [population, steps].concat());
    (any::<[bool; 3]>(), steps).prop_map(move |([tracks_late, removals, with_relations], steps)| {
        // One for each component, since only the first one for a component can use its hook.
        let unobserved = [Type::Tabled, Type::Sparse, Type::Marked, Type::Unloaded, Type::Child];
        let mut tracked = match scene {
            Scene::Unobserved => unobserved.to_vec(),
            Scene::Observed => Type::ALL.to_vec(),
        };
        tracked.retain(|snapshot| with_relations || snapshot.part().is_some());
        Program {
            tracks_late: tracks_late && scene == Scene::Observed,
            tracked,
            removals: removals && scene == Scene::Observed,
            ignores_faults: false,
            steps,
        }
    })
}

fn steps(scene: Scene) -> impl Strategy<Value = Step> {
    use Step::*;
    prop_oneof![
        8 => spawns(scene),
        2 => (spawned(), parts(scene)).prop_map(|(entity, (part, value))| Insert(entity, part, value)),
        2 => (spawned(), parts(scene)).prop_map(|(entity, (part, _))| Remove(entity, part)),
        3 => (spawned(), relations(scene), choices())
            .prop_map(|(source, relation, target)| Relate(source, relation, target)),
        1 => (spawned(), relations(scene)).prop_map(|(source, relation)| Unrelate(source, relation)),
        3 => reactions(scene),
        5 => (deletions(scene), accesses()).prop_map(|(deletion, access)| Deletion(deletion, access)),
        2 => (bulks(), filters(), accesses()).prop_map(|(bulk, filter, access)| Bulk(bulk, filter, access)),
        2 => vec(deletions(scene), 0..3).prop_map(Frame),
        1 => vec(deletions(scene), 0..3).prop_map(Tick),
        1 => Just(Publish),
        1 => (types(), trackings()).prop_map(|(snapshot, tracking)| Track(snapshot, tracking)),
        1 => types().prop_map(Untrack),
        2 => types().prop_map(Retrack),
        1 => any::<bool>().prop_map(move |observed| Observe(observed && scene == Scene::Observed)),
        1 => choices().prop_map(DeleteOnPublish),
    ]
}

fn spawns(scene: Scene) -> impl Strategy<Value = Step> {
    let after = prop::option::weighted(0.1, spawned());
    let related = prop::option::weighted(0.8, (relations(scene), spawned()));
    (after, vec(parts(scene), 0..5), related).prop_map(|(after, parts, related)| Step::Spawn { after, parts, related })
}

fn reactions(scene: Scene) -> BoxedStrategy<Step> {
    let any = || (0..16_usize).prop_map(Choice::Spawned);
    match scene {
        Scene::Unobserved => spawns(scene).boxed(),
        Scene::Observed => (any(), reaction(), any())
            .prop_map(|(first, reaction, second)| Step::React(first, reaction, second))
            .boxed(),
    }
}

/// Draws the first ones more often than others, since they have the most descendants.
fn spawned() -> impl Strategy<Value = Choice> {
    prop_oneof![0..2_usize, 0..16_usize].prop_map(Choice::Spawned)
}

fn choices() -> impl Strategy<Value = Choice> {
    prop_oneof![4 => spawned(), 1 => (0..32_usize).prop_map(Choice::Despawned)]
}

fn parts(scene: Scene) -> impl Strategy<Value = (Part, u32)> {
    use Part::*;
    let if_observed = |weight| if scene == Scene::Observed { weight } else { 0 };
    let part = prop_oneof![
        20 => Just(Tabled),
        10 => Just(Sparse),
        10 => Just(Marked),
        7 => Just(Cargo),
        10 => Just(Plain),
        3 => Just(Disabled),
        1 => Just(Protected),
        if_observed(7) => Just(Hooked),
    ];
    (part, 0..100_u32)
}

fn relations(scene: Scene) -> impl Strategy<Value = Relation> {
    use Relation::*;
    let if_observed = |weight| if scene == Scene::Observed { weight } else { 0 };
    prop_oneof![4 => Just(ChildOf), if_observed(2) => Just(ServesOn), if_observed(1) => Just(Likes)]
}

fn types() -> impl Strategy<Value = Type> {
    prop::sample::select(&Type::ALL)
}

fn trackings() -> impl Strategy<Value = Tracking> {
    use Tracking::*;
    prop::sample::select(&[Plainly, WithRemovals, IgnoringDespawns, WithDespawns][..])
}

fn reaction() -> impl Strategy<Value = Reaction> {
    use {Effect::*, ReactionSource::*};
    let source = prop_oneof![Just(DespawnObserver), Just(DespawnHook), Just(RemoveObserver)];
    let effect = prop_oneof![
        3 => Just(Delete),
        2 => Just(Despawn),
        1 => Just(DeleteChildren),
        1 => Just(Remove),
        2 => Just(Replace),
        3 => Just(Reparent),
    ];
    (source, effect).prop_map(|(source, effect)| Reaction { source, effect })
}

fn deletions(scene: Scene) -> impl Strategy<Value = Deletion> {
    use Method::*;
    let method = prop_oneof![
        6 => Just(Delete),
        2 => Just(DeleteWith),
        1 => Just(TryDelete),
        2 => Just(DeleteBatch),
        2 => relations(scene).prop_map(DeleteRelated),
        3 => Just(Despawn),
        1 => Just(TryDespawn),
        1 => relations(scene).prop_map(DespawnRelated),
    ];
    (method, vec(choices(), 1..4)).prop_map(|(method, entities)| Deletion { method, entities })
}

fn accesses() -> impl Strategy<Value = Access> {
    prop_oneof![
        Just(Access::Commands),
        Just(Access::World),
        Just(Access::EntityWorldMut)
    ]
}

fn bulks() -> impl Strategy<Value = Bulk> {
    use Bulk::*;
    prop::sample::select(&[DeleteAll, DeleteAllWith, DeleteAllWhere, DespawnAll, DespawnAllWhere][..])
}

fn filters() -> impl Strategy<Value = Filter> {
    use Filter::*;
    prop::sample::select(&[Tabled, Sparse, Plain, DisabledTabled][..])
}
