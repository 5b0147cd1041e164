//! Random programs, held against a plain model of what the crate promises.
//!
//! A program spawns, relates, tracks, deletes and despawns at random ([`program`]). It is carried out in a world
//! ([`real`]) and by the model ([`expected`], [`ending`]), which knows nothing of Bevy. The two must agree on who lives
//! and how they are related, on what each delete would take and what it reports, and on every message.
//!
//! Every test run draws 500 programs. A long run, which takes about a minute, of this and of
//! [`differential`](super::differential), which draws from the same programs:
//!
//! ```text
//! PROPTEST_CASES=20000 cargo test --release -p bevy_post_delete_model -- model:: differential
//! ```
//!
//! A program that fails is made as small as it goes and printed. Its seed is kept in `regressions/`, and run first from
//! then on: commit it with the repair. A seed says something only as long as [`program`] draws alike, so that whatever
//! was found is better told by a test of its own, too.

mod agreement;
mod components;
mod ending;
mod expected;
mod heard;
pub(crate) mod picture;
pub(crate) mod program;
pub(crate) mod real;
mod seen;

use std::collections::BTreeMap;

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{FileFailurePersistence, RngAlgorithm, TestRng, TestRunner},
};

use self::{
    agreement::Agreement,
    expected::{Event, Model},
    picture::Message,
    program::{Program, Step, programs},
    real::Real,
};

/// As many programs as `PROPTEST_CASES` says, or so many.
pub(crate) fn config(cases: u32, regressions: &'static str) -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig {
        cases: std::env::var_os("PROPTEST_CASES").map_or(cases, |_| default.cases),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(regressions))),
        max_shrink_iters: 20_000,
        rng_algorithm: RngAlgorithm::XorShift, // the default is slow in a debug build
        ..default
    }
}

proptest! {
    #![proptest_config(config(500, concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/model/regressions/model.txt")))]

    #[test]
    fn a_world_keeps_what_the_model_promises(program in programs()) {
        let told = hold_against_the_model(&program);
        assert_eq!(told, carry_out(&program), "the same program tells the same in the same order");
    }
}

/// Carries the program out and holds it against the model, step by step. Returns all that was told.
fn hold_against_the_model(program: &Program) -> Vec<Message> {
    let mut real = Real::new(program);
    let mut model = Model::new(program);
    let mut agreement = Agreement::default();
    let mut told = Vec::new();
    for step in program.with_end() {
        let cast = real.cast();
        let mut matches = Vec::new();
        if let Step::Sweep(sweep, filter, _) = step {
            matches = real.matches(*sweep, *filter);
            agreement.on_matches(&matches, &model.matches(*sweep, *filter));
        }
        if step.is_delete() {
            agreement.on_plans(&real, &model, &cast);
        }
        let (outcomes, messages) = real.step(step, &cast);
        let (expected_outcomes, expected_messages) = model.step(step, &cast, &matches);
        agreement.on_outcomes(&outcomes, &expected_outcomes);
        agreement.on_messages(&messages, &expected_messages);
        agreement.on_worlds(&real, &model);
        told.extend(messages);
    }
    told
}

/// Carries the program out. Returns all that was told.
fn carry_out(program: &Program) -> Vec<Message> {
    let mut real = Real::new(program);
    let mut told = Vec::new();
    for step in program.with_end() {
        let cast = real.cast();
        told.extend(real.step(step, &cast).1);
    }
    told
}

/// What is hard to draw must be drawn often enough, or the model is held against nothing.
#[test]
fn the_rare_happens() {
    let rng = TestRng::deterministic_rng(RngAlgorithm::XorShift);
    let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), rng);
    let mut events = BTreeMap::new();
    for _ in 0..500 {
        let program = programs().new_tree(&mut runner).unwrap().current();
        let mut model = Model::new(&program);
        for step in program.with_end() {
            let matches = match step {
                Step::Sweep(sweep, filter, _) => model.matches(*sweep, *filter),
                _ => Vec::new(),
            };
            model.step(step, &model.cast(), &matches);
        }
        for (event, count) in model.events {
            *events.entry(event).or_insert(0) += count;
        }
    }
    for event in Event::ALL {
        assert!(events.get(&event) >= Some(&5), "{event:?}: {events:?}");
    }
}
