//! Random programs, compared with a plain model of the crate's guarantees.
//!
//! A program spawns, relates, tracks, deletes and despawns at random ([`program`], [`strategies`]). It runs in a world
//! ([`real`]), and in the model ([`expected`], [`deletion`]), which does not depend on Bevy. The two must agree on the
//! entities that are spawned and their relationships, on the plan and the report of each delete, and on every
//! message.
//!
//! Some programs arm faults ([`faults`]): user code panics, untracks a type, or deletes in bulk. The model cannot
//! predict what follows. So from a fault until the next publish without one, messages are only compared with the ground
//! truth ([`truth`]). Then the model takes over the state of the world, and predicts the rest of the program.
//!
//! Every test run draws a few hundred programs. A long run, of this and of [`differential`](super::differential), which
//! draws from the same programs:
//!
//! ```text
//! PROPTEST_CASES=20000 cargo test --release -p bevy_post_delete_model -- model:: differential
//! ```
//!
//! It draws as many programs for each place of a fault, and prints the number of faults to standard error.
//!
//! A program that fails is shrunk and printed. Its seed is kept in `regressions/` and runs first from then on, but
//! means the same program only as long as the strategies do not change. Add a test of its own to the crate.

mod calls;
mod compare;
mod components;
mod deletion;
mod expected;
pub(crate) mod faults;
mod inspect;
pub(crate) mod program;
mod reactions;
pub(crate) mod real;
mod receivers;
pub(crate) mod state;
pub(crate) mod strategies;
mod truth;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
};

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{FileFailurePersistence, RngAlgorithm, RngSeed, TestRng, TestRunner},
};

use self::{
    compare::Comparison,
    expected::{Event, Model},
    faults::{Action, Place},
    program::{Program, Step},
    real::Real,
    state::Message,
    strategies::{programs, programs_with_faults},
};

/// Returns the configuration of a test that draws `cases` programs, or as many as `PROPTEST_CASES` sets. Without that
/// variable, each run draws the same programs.
pub(crate) fn config(cases: u32, regressions: &'static str) -> ProptestConfig {
    let default = ProptestConfig::default();
    let is_long = is_long_run();
    ProptestConfig {
        cases: if is_long { default.cases } else { cases },
        rng_seed: if is_long { default.rng_seed } else { RngSeed::Fixed(1) },
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(regressions))),
        max_shrink_iters: 20_000,
        rng_algorithm: RngAlgorithm::XorShift, // the default is slow in a debug build
        ..default
    }
}

fn is_long_run() -> bool {
    std::env::var_os("PROPTEST_CASES").is_some()
}

const REGRESSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/model/regressions/model.txt");

proptest! {
    #![proptest_config(config(400, REGRESSIONS))]

    #[test]
    fn a_world_behaves_as_the_model_predicts(program in programs()) {
        let (published, _) = compare_with_model(&program);
        assert_eq!(published, run(&program), "the same program publishes the same messages in the same order");
    }
}

#[test]
fn the_guarantees_hold_after_a_panic() {
    for place in Place::ALL {
        run_programs_with_faults(place, Action::Panic);
    }
}

#[test]
fn the_guarantees_hold_after_user_code_untracks_or_deletes() {
    for place in Place::ALL.into_iter().filter(|place| place.has_commands()) {
        for action in Action::QUEUED {
            run_programs_with_faults(place, action);
        }
    }
}

/// Runs programs with faults at this place. In a long run, a fault must have happened in some of them.
fn run_programs_with_faults(place: Place, action: Action) {
    let config = config(if action == Action::Panic { 40 } else { 15 }, REGRESSIONS);
    let programs = programs_with_faults(place, action);
    let faulty = std::cell::Cell::new(0);
    let config = ProptestConfig {
        failure_persistence: None,
        ..config
    };
    let cases = config.cases;
    let result = TestRunner::new(config).run(&programs, |program| {
        let (_, faults) = compare_with_model(&program);
        faulty.set(faulty.get() + u32::from(faults > 0));
        Ok(())
    });
    let faulty = faulty.get();
    _ = writeln!(
        std::io::stderr(),
        "{place:?}, {action:?}: {faulty} faults in {cases} programs"
    );
    if let Err(error) = result {
        panic!("{place:?}, {action:?}: {error}");
    }
    assert!(
        faulty > 0 || !is_long_run(),
        "{place:?}, {action:?}: no fault has happened"
    );
}

/// Runs the program, and compares it with the model, step by step. Returns all published messages, and the number of
/// faults.
fn compare_with_model(program: &Program) -> (Vec<Message>, usize) {
    let mut real = Real::new(program);
    let mut model = Model::new(program);
    let mut comparison = Comparison::default();
    let mut published = Vec::new();
    let mut faults = 0;
    let mut is_predictable = true;
    for step in program.with_last_publish() {
        let choices = real.choices();
        let mut matches = Vec::new();
        if is_predictable && let Step::Bulk(bulk, filter, _) = step {
            matches = real.matches(*bulk, *filter);
            comparison.of_matches(&matches, &model.matches(*bulk, *filter));
        }
        if is_predictable && step.is_delete() {
            comparison.of_plans(&real, &model, &choices);
        }
        let planned = if is_predictable {
            model.planned(step, &choices, &matches)
        } else {
            BTreeSet::new()
        };
        let done = real.step(step, &choices);
        if done.is_faulty {
            real.check_hierarchy(&planned);
        }
        faults += usize::from(done.is_faulty);
        is_predictable &= !done.is_faulty;
        if is_predictable {
            let (outcomes, messages) = model.step(step, &choices, &matches);
            comparison.of_outcomes(&done.outcomes, &outcomes);
            comparison.of_messages(&done.published, &messages);
            comparison.of_states(&real, &model);
        } else if step.publishes() && !done.is_faulty {
            real.recover();
            model.resume_from(&real);
            is_predictable = true;
        }
        published.extend(done.published);
    }
    (published, faults)
}

/// Runs the program. Returns all published messages.
fn run(program: &Program) -> Vec<Message> {
    let mut real = Real::new(program);
    let mut published = Vec::new();
    for step in program.with_last_publish() {
        let choices = real.choices();
        published.extend(real.step(step, &choices).published);
    }
    published
}

/// Events that are rare must be drawn often enough, or the comparison shows nothing.
#[test]
fn rare_events_are_drawn() {
    let rng = TestRng::deterministic_rng(RngAlgorithm::XorShift);
    let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), rng);
    let mut events = BTreeMap::new();
    for _ in 0..500 {
        let program = programs().new_tree(&mut runner).unwrap().current();
        let mut model = Model::new(&program);
        for step in program.with_last_publish() {
            let matches = match step {
                Step::Bulk(bulk, filter, _) => model.matches(*bulk, *filter),
                _ => Vec::new(),
            };
            model.step(step, &model.choices(), &matches);
        }
        for (event, count) in model.events {
            *events.entry(event).or_insert(0) += count;
        }
    }
    for event in Event::ALL {
        assert!(events.get(&event) >= Some(&5), "{event:?}: {events:?}");
    }
}
