//! What a delete leaves behind is what a despawn leaves behind.
//!
//! The same random program is carried out in two worlds, by deletes in all their forms in one and by Bevy's own
//! despawns of the same entities in the other. Both track the same types. After every step, all that is left must be
//! equal, and all that is told but for where it came from.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::model::{
    config,
    picture::{Being, Message},
    program::{Fate, Kill, Part, Program, Step, Sweep, Taking, Tracking, Way, programs},
    real::Real,
};

proptest! {
    #![proptest_config(config(300, concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/model/regressions/differential.txt")))]

    #[test]
    fn a_delete_leaves_the_world_as_a_despawn_does(program in programs().prop_map(comparable)) {
        let mut deleting = Real::new(&program);
        let mut despawning = Real::new(&program);
        for step in program.with_end() {
            let cast = deleting.cast();
            let (_, told_of_deletes) = deleting.step(step, &cast);
            let (_, told_of_despawns) = despawning.step(&despawned(step), &cast);
            assert_eq!(beings(&deleting), beings(&despawning), "who lives, and how");
            assert_eq!(spawned(&deleting), spawned(&despawning), "how many entities there are, whatever for");
            assert_eq!(resources(&deleting), resources(&despawning));
            assert_eq!(deleting.hook_calls(), despawning.hook_calls());
            assert_eq!(deleting.removed(), despawning.removed(), "which components are gone, of whom");
            assert_eq!(endings(told_of_deletes), endings(told_of_despawns), "what was told");
        }
    }
}

/// Leaves out what deletes and despawns treat differently by intention.
///
/// Despawns take the protected, and a type can ignore them. An observer that takes something from another entity when
/// one goes, or gives it a parent, comes sooner or later than the end of that other entity, depending on which of the
/// two goes first. That is another one in the two worlds: a delete begins with the leaves, a despawn with the root.
fn comparable(mut program: Program) -> Program {
    for step in &mut program.steps {
        if let Step::Spawn { parts, .. } = step {
            parts.retain(|(part, _)| *part != Part::Protected);
        }
    }
    program.steps.retain(|step| match step {
        Step::Insert(_, Part::Protected, _) | Step::Track(_, Tracking::IgnoringDespawns) | Step::Avenge(_) => false,
        Step::Take(_, taking, _) => matches!(taking.how, Fate::Deleted | Fate::Despawned),
        _ => true,
    });
    program
}

/// The step with Bevy's own despawn in the place of every delete.
fn despawned(step: &Step) -> Step {
    match step {
        Step::Kill(kill, by) => Step::Kill(despawned_kill(kill), *by),
        Step::Frame(kills) => Step::Frame(kills.iter().map(despawned_kill).collect()),
        Step::Tick(kills) => Step::Tick(kills.iter().map(despawned_kill).collect()),
        Step::Sweep(sweep, filter, by) => {
            let sweep = match sweep {
                Sweep::DeleteAll | Sweep::DeleteAllWith | Sweep::DespawnAll => Sweep::DespawnAll,
                Sweep::DeleteAllWhere | Sweep::DespawnAllWhere => Sweep::DespawnAllWhere,
            };
            Step::Sweep(sweep, *filter, *by)
        }
        Step::Take(first, taking, second) => {
            let how = Fate::Despawned;
            Step::Take(*first, Taking { how, ..*taking }, *second)
        }
        _ => step.clone(),
    }
}

fn despawned_kill(kill: &Kill) -> Kill {
    let way = match kill.way {
        Way::Delete | Way::DeleteWith | Way::Despawn => Way::Despawn,
        Way::TryDelete | Way::DeleteBatch | Way::TryDespawn => Way::TryDespawn,
        Way::DeleteRelated(relation) | Way::DespawnRelated(relation) => Way::DespawnRelated(relation),
    };
    Kill {
        way,
        whom: kill.whom.clone(),
    }
}

/// All that lives, as it is, but for what will become of another when it goes.
fn beings(real: &Real) -> BTreeMap<usize, Being> {
    let mut beings = real.beings();
    for (taking, _) in beings.values_mut().filter_map(|being| being.takes.as_mut()) {
        taking.how = Fate::Despawned;
    }
    beings
}

fn spawned(real: &Real) -> u32 {
    real.app.world().entities().count_spawned()
}

/// The resources but for those that the crate keeps for itself.
fn resources(real: &Real) -> BTreeSet<String> {
    let resources = real.app.world().iter_resources();
    let names = resources.map(|(_, info, _)| info.name().to_string());
    names.filter(|name| !name.starts_with("bevy_post_delete::")).collect()
}

/// What was told, without by what road and in which order.
fn endings(told: Vec<Message>) -> Vec<impl Ord + std::fmt::Debug> {
    let ending = |told: Message| {
        let removal = (!told.ends_entity()).then(|| format!("{:?}", told.kind));
        (told.snapshot, told.entity, told.value, removal)
    };
    let mut endings: Vec<_> = told.into_iter().map(ending).collect();
    endings.sort_unstable();
    endings
}
