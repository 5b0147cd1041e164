//! Conway's Game of Life on an unbounded plane, with an entity for every living cell.
//!
//! A generation is computed from an index of positions. A birth is added to the index at once. A death is removed from it
//! in `Cleanup`, and only there, by a system that reads `PostDelete<Cell>`. If one death were missed or published twice,
//! the pattern would not reach its published end.
//!
//! ```text
//! cargo run --release -p life [-- [--json] [--generations N] [FILE.rle]]
//! cargo run --release -p life --features watch -- --watch [--generations N] [FILE.rle]
//! ```
//!
//! Without a file, it runs the bundled patterns to their published ends. With `--watch`, it shows them in the terminal,
//! without end or until generation N. (`--picture`, with the same feature, prints the picture `docs/life.svg`.)

#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "a program")]
#![cfg_attr(
    not(feature = "watch"),
    allow(dead_code, reason = "some of it is used by the terminal view alone")
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

/// The number of generations of a pattern from a file, without `--generations`.
const GENERATIONS: u64 = 1000;

/// A bundled pattern, with the generation and the population of its published end.
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
    // Every 30 generations it makes a glider of five cells.
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
                options.generations = Some(number.ok_or(format!("--generations takes a number; {USAGE}"))?);
            }
            flag if flag.starts_with('-') => return Err(format!("unknown option {flag}; {USAGE}")),
            _ if options.file.is_some() => return Err(format!("one file at a time; {USAGE}")),
            _ => options.file = Some(argument),
        }
    }
    if options.json && options.watch {
        return Err(format!("--json and --watch exclude each other; {USAGE}"));
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

/// The patterns to run, each with its published end if it is a bundled one.
fn patterns(options: &Options) -> Result<Vec<(Pattern, Option<&'static Bundled>)>, Failure> {
    if let Some(file) = &options.file {
        let refuse = |reason: String| Failure::Input(format!("{file}: {reason}"));
        let bytes = std::fs::read(file).map_err(|error| refuse(error.to_string()))?;
        let cells = rle::read(&bytes).map_err(refuse)?;
        let name = file.clone();
        return Ok(vec![(Pattern { name, cells }, None)]);
    }
    let read = |bundled: &'static Bundled| {
        let name = bundled.name.to_owned();
        let cells = rle::read(bundled.rle.as_bytes());
        let cells = cells.map_err(|reason| Failure::Claim(format!("{name}: {reason}")))?;
        Ok((Pattern { name, cells }, Some(bundled)))
    };
    BUNDLED.iter().map(read).collect()
}

/// Runs a pattern, and checks that it reaches its published end.
fn census(pattern: &Pattern, bundled: Option<&Bundled>, generations: Option<u64>) -> Result<Census, String> {
    let published = bundled.map(|bundled| (bundled.generations, bundled.population));
    let generations = generations.or(published.map(|end| end.0)).unwrap_or(GENERATIONS);
    let census = game::run(&pattern.cells, generations)?;
    match published {
        Some((end, population)) if end == generations && population != census.population => Err(format!(
            "{} cells at generation {end}, but the published number is {population}",
            census.population
        )),
        _ => Ok(census),
    }
}

/// Runs the patterns, and returns the text to print.
fn run(arguments: impl Iterator<Item = String>) -> Result<String, Failure> {
    let options = options(arguments).map_err(Failure::Input)?;
    let patterns = patterns(&options)?;
    #[cfg(feature = "watch")]
    if options.watch || options.picture {
        let patterns: Vec<_> = patterns.into_iter().map(|(pattern, _)| pattern).collect();
        return if options.picture {
            watch::picture(&patterns, options.generations).map_err(Failure::Claim)
        } else {
            watch::watch(&patterns, options.generations)
        };
    }
    let mut text = String::new();
    for (pattern, bundled) in patterns {
        let name = &pattern.name;
        let census = census(&pattern, bundled, options.generations);
        let census = census.map_err(|claim| Failure::Claim(format!("{name}: {claim}")))?;
        text += &in_words(name, &census, options.json);
        text.push('\n');
    }
    Ok(text)
}

fn in_words(name: &str, census: &Census, as_json: bool) -> String {
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
        format!("{name}: {population} cells alive at generation {generations}; {born} were born and {died} have died")
    }
}

fn main() -> ExitCode {
    finish(run(std::env::args().skip(1)))
}
