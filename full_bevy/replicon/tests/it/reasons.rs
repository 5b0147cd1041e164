//! Reasons that may cross the wire.

use std::sync::Mutex;

use bevy::prelude::*;
use bevy_post_delete::prelude::*;
use bevy_post_delete_replicon::prelude::*;
use log::{LevelFilter, Log, Metadata, Record};

use crate::support::{Game, Link, death, over_both_links};

over_both_links! {
    a_reason_that_the_server_has_not_allowed_is_not_sent,
    a_reason_that_the_client_does_not_know_is_none,
    the_two_sides_allow_reasons_in_different_orders,
}

const SECRET: DeleteReason = DeleteReason::new("secret");

fn a_reason_that_the_server_has_not_allowed_is_not_sent(mut game: Game) {
    let (killer, killer_entity) = game.spawn(());
    let (unit, entity) = game.spawn(());
    game.until_alive(0, &[killer, unit]);
    game.clients[0].replicate_delete_reason(SECRET); // only here

    game.server
        .world_mut()
        .because(SECRET.by(killer_entity))
        .delete(entity)
        .unwrap();

    game.until_deaths(0, 1);
    assert_eq!(game.deaths(0), [death(unit, None, killer)]);
    assert_eq!(game.server_deaths(), [death(unit, SECRET, killer)]);
}

fn a_reason_that_the_client_does_not_know_is_none(mut game: Game) {
    let (killer, killer_entity) = game.spawn(());
    let (unit, entity) = game.spawn(());
    game.until_alive(0, &[killer, unit]);
    game.server.replicate_delete_reason(SECRET); // only here

    game.server
        .world_mut()
        .because(SECRET.by(killer_entity))
        .delete(entity)
        .unwrap();

    game.until_deaths(0, 1);
    assert_eq!(game.deaths(0), [death(unit, None, killer)], "not lost sight either");
}

fn the_two_sides_allow_reasons_in_different_orders(mut game: Game) {
    const LATE: DeleteReason = DeleteReason::new("allowed late");
    let (unit, entity) = game.spawn(());
    let (other, other_entity) = game.spawn(());
    game.until_alive(0, &[unit, other]);
    // In the middle of the game, after those of `new_app`.
    game.clients[0]
        .replicate_delete_reason(LATE)
        .replicate_delete_reason(SECRET);
    game.server
        .replicate_delete_reason(SECRET)
        .replicate_delete_reason(LATE);

    game.server.world_mut().because(LATE).delete(entity).unwrap();
    game.server.world_mut().because(SECRET).delete(other_entity).unwrap();

    game.until_deaths(0, 2);
    assert_eq!(game.deaths(0), [death(unit, LATE, None), death(other, SECRET, None)]);
    assert_eq!(game.deaths(0), game.server_deaths());
}

#[test]
fn unknown_reasons_are_logged_once_on_each_side() {
    const ONLY_IN_MESSAGES: DeleteReason = DeleteReason::new("a reason that is never allowed");
    const ONLY_ON_SERVER: DeleteReason = DeleteReason::new("a reason that only the server allows");
    // Its FNV-1a hash.
    const HASH: &str = "a6a2871ab14240b5";

    let lines = log_lines();
    let mut game = Game::new(Link::InProcess);
    game.server.replicate_delete_reason(ONLY_ON_SERVER);
    for reason in [ONLY_IN_MESSAGES, ONLY_ON_SERVER] {
        for count in 0..10 {
            let (_, entity) = game.spawn(());
            game.steps(2);
            game.server.world_mut().because(reason).delete(entity).unwrap();
            game.until_deaths(1, count + 1 + usize::from(reason == ONLY_ON_SERVER) * 10);
        }
    }
    // Not under the lock when an assertion fails: other tests log too.
    let lines = lines.lock().unwrap().clone();
    let count = |text: &str| lines.iter().filter(|line| line.contains(text)).count();
    assert_eq!(count(ONLY_IN_MESSAGES.as_str()), 1, "the server");
    assert_eq!(count(ONLY_ON_SERVER.as_str()), 0, "the server sends it");
    assert_eq!(count(HASH), 2, "two clients");
}

/// Returns the lines that all tests of this program log from now on.
fn log_lines() -> &'static Mutex<Vec<String>> {
    struct Lines(Mutex<Vec<String>>);

    impl Log for Lines {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn log(&self, record: &Record<'_>) {
            self.0.lock().unwrap().push(record.args().to_string());
        }

        fn flush(&self) {}
    }

    static LINES: Lines = Lines(Mutex::new(Vec::new()));
    log::set_logger(&LINES).expect("only this function sets a logger");
    log::set_max_level(LevelFilter::Warn);
    &LINES.0
}

// Two texts with the same 64-bit FNV-1a hash, 4eac0c95540867e4.
const FIRST: DeleteReason = DeleteReason::new("8yn0iYCKYHlIj4-BwPqk");
const SECOND: DeleteReason = DeleteReason::new("GReLUrM4wMqfg9yzV3KQ");

#[test]
#[should_panic(expected = "8yn0iYCKYHlIj4-BwPqk")]
fn two_reasons_with_the_same_hash_are_refused() {
    App::new()
        .replicate_delete_reason(FIRST)
        .replicate_delete_reason(SECOND);
}

#[test]
#[should_panic(expected = "have the same hash")]
fn in_either_order() {
    App::new()
        .replicate_delete_reason(SECOND)
        .replicate_delete_reason(FIRST);
}

#[test]
fn a_reason_may_be_allowed_twice() {
    App::new().replicate_delete_reason(FIRST).replicate_delete_reason(FIRST);
}

#[test]
fn a_reason_with_the_hash_of_an_allowed_one_is_not_sent() {
    let mut game = Game::with(Link::InProcess, |app| {
        app.replicate_delete_reason(FIRST);
    });
    let (unit, entity) = game.spawn(());
    game.until_alive(0, &[unit]);
    game.server.world_mut().because(SECOND).delete(entity).unwrap();
    game.until_deaths(0, 1);
    assert_eq!(game.deaths(0), [death(unit, None, None)]);
}
