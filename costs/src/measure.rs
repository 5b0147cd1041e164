//! Times the cases in rounds, in which they take turns.

use std::time::Duration;

use costs::cases::Case;

/// The measured times of a case, in nanoseconds per entity.
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) count: usize,
    pub(crate) rounds: usize,
    pub(crate) lower_quartile: f64,
    pub(crate) median: f64,
    pub(crate) upper_quartile: f64,
}

/// The number of untimed rounds, after which a world is in its steady state.
const WARM_UP: usize = 3;

/// The total number of entities of each case in all rounds. It determines the default number of rounds.
const ENTITIES: usize = 3_000_000;

/// Times all cases with this number of entities.
pub(crate) fn measure(cases: &mut [Case], count: usize, rounds: Option<usize>) -> Vec<Measured> {
    let rounds = rounds.unwrap_or((ENTITIES / count).clamp(11, 1001));
    let mut times = vec![Vec::with_capacity(rounds); cases.len()];
    for round in 0..WARM_UP + rounds {
        for turn in 0..cases.len() {
            // Each case goes first in a round equally often.
            let index = (turn + round) % cases.len();
            let time = cases[index].round(count);
            if round >= WARM_UP {
                times[index].push(time);
            }
        }
    }
    cases
        .iter()
        .zip(&mut times)
        .map(|(case, times)| {
            times.sort_unstable();
            let quartile = |quarter: usize| nanoseconds(times[(times.len() - 1) * quarter / 4]) / count as f64;
            Measured {
                name: case.name,
                what: case.what,
                count,
                rounds,
                lower_quartile: quartile(1),
                median: quartile(2),
                upper_quartile: quartile(3),
            }
        })
        .collect()
}

fn nanoseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}
