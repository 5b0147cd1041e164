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

use std::{path::PathBuf, process::ExitCode};

use game::{Census, Pattern};
use lexopt::{Arg, Parser, ValueExt};
use serde_json::json;
use showcase_terminal::{Failure, Output, finish};

const USAGE: &str = "usage: life [--json | --watch | --picture] [--generations N] [FILE.rle]";

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
    help: bool,
    output: Output,
    generations: Option<u64>,
    file: Option<PathBuf>,
}

fn options(mut parser: Parser) -> Result<Options, lexopt::Error> {
    let mut options = Options::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => options.help = true,
            Arg::Long("json") => options.output.choose(Output::Json)?,
            Arg::Long("watch") => options.output.choose(Output::Watch)?,
            Arg::Long("picture") => options.output.choose(Output::Picture)?,
            Arg::Long("generations") => {
                let number = parser.value().and_then(|number| number.parse());
                options.generations = Some(number.map_err(|error| format!("--generations needs a number: {error}"))?);
            }
            Arg::Value(_) if options.file.is_some() => return Err("only one file is supported".into()),
            Arg::Value(file) => options.file = Some(file.into()),
            _ => return Err(argument.unexpected()),
        }
    }
    if options.output.is_view() && cfg!(not(feature = "watch")) {
        let flag = options.output;
        let command = format!("cargo run --release -p life --features watch -- {flag}");
        return Err(format!("{flag} needs the feature `watch`: {command}").into());
    }
    Ok(options)
}

/// Returns the patterns to run. A bundled pattern is paired with its [`Bundled`] entry.
fn patterns(options: &Options) -> Result<Vec<(Pattern, Option<&'static Bundled>)>, Failure> {
    if let Some(file) = &options.file {
        let name = file.display().to_string();
        let reject = |reason: String| Failure::Input(format!("{name}: {reason}"));
        let bytes = std::fs::read(file).map_err(|error| reject(error.to_string()))?;
        let cells = rle::read(&bytes).map_err(reject)?;
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
fn run(parser: Parser) -> Result<String, Failure> {
    let options = options(parser).map_err(|error| Failure::Input(format!("{error}; {USAGE}")))?;
    if options.help {
        return Ok(format!("{USAGE}\n"));
    }
    let patterns = patterns(&options)?;
    #[cfg(feature = "watch")]
    if options.output.is_view() {
        let patterns: Vec<_> = patterns.into_iter().map(|(pattern, _)| pattern).collect();
        return if options.output == Output::Picture {
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
        text += &line(name, &census, options.output == Output::Json);
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
    finish(run(Parser::from_env()))
}
