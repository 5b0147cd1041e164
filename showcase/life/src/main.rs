//! Conway's Game of Life on an unbounded plane, in which every cell is an entity and every death is a delete.
//!
//! Each generation is computed from an index of positions. A new cell is added to the index when it is spawned. A
//! deleted cell is removed from it only by a system in `Cleanup` that reads `PostDelete<Cell>`. If one death were
//! missed, the pattern would not reach its known population.
//!
//! ```text
//! cargo run --release -p life [-- [--json] [--generations N] [FILE.rle]]
//! cargo run --release -p life --features watch -- --watch [--generations N] [FILE.rle]
//! ```
//!
//! Without a file, it runs the bundled patterns, and checks that they reach their known populations. With `--watch`, it
//! shows them in the terminal, and pauses at generation N. With the same feature, `--picture` prints the picture
//! `docs/life.svg`.

#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "a program")]
#![cfg_attr(
    not(feature = "watch"),
    allow(dead_code, reason = "some items are used only by the terminal view")
)]

mod game;
mod rle;
#[cfg(feature = "watch")]
mod watch;

use std::process::ExitCode;

use game::{Census, Pattern};
use serde_json::json;
use showcase_terminal::{Failure, finish};

const USAGE: &str = "usage: life [--json | --watch] [--generations N] [FILE.rle]";

/// The default number of generations of a pattern from a file.
const DEFAULT_GENERATIONS: u64 = 1000;

/// A bundled pattern, with its known population at a generation.
struct Bundled {
    name: &'static str,
    rle: &'static str,
    generations: u64,
    population: usize,
}

static BUNDLED: [Bundled; 4] = [
    Bundled {
        name: "R-pentomino",
        rle: include_str!("../patterns/r-pentomino.rle"),
        generations: 1103,
        population: 116,
    },
    Bundled {
        name: "acorn",
        rle: include_str!("../patterns/acorn.rle"),
        generations: 5206,
        population: 633,
    },
    Bundled {
        name: "die hard",
        rle: include_str!("../patterns/diehard.rle"),
        generations: 130,
        population: 0,
    },
    // Every 30 generations, it emits a glider of five cells.
    Bundled {
        name: "Gosper glider gun",
        rle: include_str!("../patterns/gosper-gun.rle"),
        generations: 30 * 10,
        population: 36 + 5 * 10,
    },
];

#[derive(Default)]
struct Options {
    json: bool,
    watch: bool,
    picture: bool,
    generations: Option<u64>,
    file: Option<String>,
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--json" => options.json = true,
            "--watch" => options.watch = true,
            "--picture" => options.picture = true,
            "--generations" => {
                let number = arguments.next().and_then(|number| number.parse().ok());
                options.generations = Some(number.ok_or(format!("--generations needs a number; {USAGE}"))?);
            }
            flag if flag.starts_with('-') => return Err(format!("unknown option {flag}; {USAGE}")),
            _ if options.file.is_some() => return Err(format!("only one file is supported; {USAGE}")),
            _ => options.file = Some(argument),
        }
    }
    if options.json && options.watch {
        return Err(format!("--json and --watch cannot be combined; {USAGE}"));
    }
    #[cfg(not(feature = "watch"))]
    for (is_given, flag) in [(options.watch, "--watch"), (options.picture, "--picture")] {
        if is_given {
            return Err(format!(
                "{flag} needs the feature `watch`: cargo run --release -p life --features watch -- {flag}"
            ));
        }
    }
    Ok(options)
}

/// Returns the patterns to run. A bundled pattern is paired with its [`Bundled`] entry.
fn patterns(options: &Options) -> Result<Vec<(Pattern, Option<&'static Bundled>)>, Failure> {
    if let Some(file) = &options.file {
        let reject = |reason: String| Failure::Input(format!("{file}: {reason}"));
        let bytes = std::fs::read(file).map_err(|error| reject(error.to_string()))?;
        let cells = rle::read(&bytes).map_err(reject)?;
        let name = file.clone();
        return Ok(vec![(Pattern { name, cells }, None)]);
    }
    let read = |bundled: &'static Bundled| {
        let name = bundled.name.to_owned();
        let cells = rle::read(bundled.rle.as_bytes());
        let cells = cells.map_err(|reason| Failure::Assertion(format!("{name}: {reason}")))?;
        Ok((Pattern { name, cells }, Some(bundled)))
    };
    BUNDLED.iter().map(read).collect()
}

/// Runs a pattern. If it is a bundled one, checks that it reaches its known population.
fn census(pattern: &Pattern, bundled: Option<&Bundled>, generations: Option<u64>) -> Result<Census, String> {
    let known = bundled.map(|bundled| (bundled.generations, bundled.population));
    let generations = generations
        .or(known.map(|(generation, _)| generation))
        .unwrap_or(DEFAULT_GENERATIONS);
    let census = game::run(&pattern.cells, generations)?;
    match known {
        Some((generation, population)) if generation == generations && population != census.population => Err(format!(
            "{} cells at generation {generation}, expected {population}",
            census.population
        )),
        _ => Ok(census),
    }
}

/// Runs the patterns. Returns the text to print.
fn run(arguments: impl Iterator<Item = String>) -> Result<String, Failure> {
    let options = options(arguments).map_err(Failure::Input)?;
    let patterns = patterns(&options)?;
    #[cfg(feature = "watch")]
    if options.watch || options.picture {
        let patterns: Vec<_> = patterns.into_iter().map(|(pattern, _)| pattern).collect();
        return if options.picture {
            watch::picture(&patterns, options.generations).map_err(Failure::Assertion)
        } else {
            watch::watch(&patterns, options.generations)
        };
    }
    let mut text = String::new();
    for (pattern, bundled) in patterns {
        let name = &pattern.name;
        let census = census(&pattern, bundled, options.generations);
        let census = census.map_err(|message| Failure::Assertion(format!("{name}: {message}")))?;
        text += &line(name, &census, options.json);
        text.push('\n');
    }
    Ok(text)
}

/// Formats the counters of a pattern, as text or as JSON.
fn line(name: &str, census: &Census, as_json: bool) -> String {
    let Census {
        generations,
        population,
        born,
        died,
    } = census;
    if as_json {
        json!({
            "generations": generations,
            "population": population,
            "born": born,
            "died": died,
        })
        .to_string()
    } else {
        format!("{name}: {population} cells alive at generation {generations}, after {born} births and {died} deaths")
    }
}

fn main() -> ExitCode {
    finish(run(std::env::args().skip(1)))
}
