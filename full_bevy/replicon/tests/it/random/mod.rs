//! Random games: in any order of events, a client publishes each entity that it loses once, with the right cause.

mod check;
mod play;

use bevy_post_delete_replicon::prelude::*;

use play::{Network, Play};

/// The number of games. `GAMES=1000 cargo test --release` plays more.
fn games() -> u64 {
    std::env::var("GAMES").map_or(10, |games| games.parse().unwrap())
}

#[expect(clippy::print_stdout, reason = "shown if the test fails")]
fn play(network: Network, seeds: core::ops::Range<u64>) -> [NoticeCounts; 2] {
    let mut total = [NoticeCounts::default(), NoticeCounts::default()];
    let (mut deaths, mut excused) = (0, 0);
    for seed in seeds {
        println!("seed {seed}");
        let mut play = Play::new(seed, network);
        for _ in 0..80 {
            for _ in 0..play.random.below(6) {
                play.act();
            }
            play.exchange();
        }
        play.finish();
        for (client, total) in total.iter_mut().enumerate() {
            let checked = play.check(client);
            deaths += checked.0;
            excused += checked.1;
            let counts = play.game.counts(client);
            total.applied += counts.applied;
            total.early += counts.early;
            total.late += counts.late;
            total.unmatched += counts.unmatched;
        }
    }
    if network != Network::LateNotices {
        assert!(excused * 100 <= deaths, "{excused} of {deaths} deaths have no cause");
    }
    total
}

#[test]
fn a_prompt_network() {
    for counts in play(Network::Prompt, 0..games()) {
        assert!(
            counts.applied > 100 && counts.unmatched > 10,
            "the games should reach these cases: {counts:?}"
        );
    }
}

#[test]
fn notices_before_despawns() {
    for counts in play(Network::EarlyNotices, 10_000..10_000 + games()) {
        assert!(
            counts.applied > 100 && counts.early > 50,
            "the games should reach these cases: {counts:?}"
        );
    }
}

#[test]
fn notices_after_despawns() {
    for counts in play(Network::LateNotices, 20_000..20_000 + games()) {
        assert!(
            counts.applied > 50 && counts.late > 50,
            "the games should reach these cases: {counts:?}"
        );
    }
}
