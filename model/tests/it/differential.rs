//! After a delete, the world is as it is after a despawn.
//!
//! The same random program runs in two worlds: one deletes by all methods, the other uses Bevy's own despawns of the
//! same entities. Both track the same types. After each step, the worlds must be equal, and so must the published
//! messages, except for their origins.

use std::collections::{BTreeMap, BTreeSet};

use bevy_ecs::component::ComponentInfo;
use proptest::prelude::*;

use crate::model::{
    config,
    program::{Bulk, Deletion, Effect, Method, Part, Program, Reaction, Step, Tracking, Type},
    real::Real,
    state::{EntityState, Message},
    strategies::programs,
};

proptest! {
    #![proptest_config(config(300, concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/model/regressions/differential.txt")))]

    #[test]
    fn a_delete_leaves_the_world_as_a_despawn_does(program in programs().prop_map(comparable)) {
        let mut deleting = Real::new(&program);
        let mut despawning = Real::new(&program);
        for step in program.with_last_publish() {
            let choices = deleting.choices();
            let deleted = deleting.step(step, &choices);
            let despawned = despawning.step(&as_despawn(step), &choices);
            assert_eq!(states(&deleting), states(&despawning), "the entities that are spawned");
            assert_eq!(count_spawned(&deleting), count_spawned(&despawning), "the number of all entities");
            assert_eq!(resources(&deleting), resources(&despawning));
            assert_eq!(deleting.hook_calls(), despawning.hook_calls());
            assert_eq!(deleting.removed(), despawning.removed(), "the components that entities have lost");
            let [deleted, despawned] = [deleted, despawned].map(|done| without_origins(done.published));
            assert_eq!(deleted, despawned, "the published messages");
        }
    }
}

/// Leaves out the steps that deletes and despawns treat differently by design.
///
/// Despawns ignore `Protected`, and a type can ignore despawns. An observer that changes another entity runs before or
/// after the despawn of that entity, depending on which of the two is despawned first. That differs between the two
/// worlds: a delete begins with the descendants, a despawn with the root. So does the time at which a relationship is
/// removed.
fn comparable(mut program: Program) -> Program {
    program.tracked.retain(|snapshot| snapshot.part().is_some());
    for step in &mut program.steps {
        if let Step::Spawn { parts, .. } = step {
            parts.retain(|(part, _)| *part != Part::Protected);
        }
    }
    program.steps.retain(|step| match step {
        Step::Insert(_, Part::Protected, _)
        | Step::Track(_, Tracking::IgnoringDespawns)
        | Step::Track(Type::Child | Type::Parent, _)
        | Step::Retrack(Type::Child | Type::Parent)
        | Step::DeleteOnPublish(_) => false,
        Step::React(_, reaction, _) => matches!(reaction.effect, Effect::Delete | Effect::Despawn),
        _ => true,
    });
    program
}

/// Returns the step with Bevy's own despawn in place of every delete.
fn as_despawn(step: &Step) -> Step {
    match step {
        Step::Deletion(deletion, access) => Step::Deletion(deletion_as_despawn(deletion), *access),
        Step::Frame(deletions) => Step::Frame(deletions.iter().map(deletion_as_despawn).collect()),
        Step::Tick(deletions) => Step::Tick(deletions.iter().map(deletion_as_despawn).collect()),
        Step::Bulk(bulk, filter, access) => {
            let bulk = match bulk {
                Bulk::DeleteAll | Bulk::DeleteAllWith | Bulk::DespawnAll => Bulk::DespawnAll,
                Bulk::DeleteAllWhere | Bulk::DespawnAllWhere => Bulk::DespawnAllWhere,
            };
            Step::Bulk(bulk, *filter, *access)
        }
        Step::React(first, reaction, second) => {
            let effect = Effect::Despawn;
            Step::React(*first, Reaction { effect, ..*reaction }, *second)
        }
        _ => step.clone(),
    }
}

fn deletion_as_despawn(deletion: &Deletion) -> Deletion {
    let method = match deletion.method {
        Method::Delete | Method::DeleteWith | Method::Despawn => Method::Despawn,
        Method::TryDelete | Method::DeleteBatch | Method::TryDespawn => Method::TryDespawn,
        Method::DeleteRelated(relation) | Method::DespawnRelated(relation) => Method::DespawnRelated(relation),
    };
    Deletion {
        method,
        entities: deletion.entities.clone(),
    }
}

/// Returns the state of all entities that are spawned, with the reactions of both worlds made equal.
fn states(real: &Real) -> BTreeMap<usize, EntityState> {
    let mut states = real.states();
    for (reaction, _) in states.values_mut().filter_map(|state| state.reaction.as_mut()) {
        reaction.effect = Effect::Despawn;
    }
    states
}

/// Returns the number of entities, except for those of the crate's own resources: without `std`, a delete inserts one.
fn count_spawned(real: &Real) -> usize {
    let world = real.app.world();
    let own = world.iter_resources().filter(|(_, info, _)| is_own(info)).count();
    world.entities().count_spawned() as usize - own
}

/// Returns the names of the resources, except for the crate's own.
fn resources(real: &Real) -> BTreeSet<String> {
    let resources = real.app.world().iter_resources();
    let others = resources.filter(|(_, info, _)| !is_own(info));
    others.map(|(_, info, _)| info.name().to_string()).collect()
}

fn is_own(resource: &ComponentInfo) -> bool {
    resource.name().to_string().starts_with("bevy_post_delete::")
}

/// Returns the messages without their origins, and not in the order of publication.
fn without_origins(published: Vec<Message>) -> Vec<impl Ord + std::fmt::Debug> {
    let without_origin = |message: Message| {
        let removal = (!message.is_despawn()).then(|| format!("{:?}", message.kind));
        (message.snapshot, message.entity, message.value, removal)
    };
    let mut messages: Vec<_> = published.into_iter().map(without_origin).collect();
    messages.sort_unstable();
    messages
}
