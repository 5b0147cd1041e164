//! Conway's Game of Life on an unbounded plane, every living cell an entity.
//!
//! A generation is made from an index of positions. Births enter it as they happen; deaths leave it in `Cleanup`, by
//! what `PostDelete<Cell>` tells and by nothing else. If a single death were missed or told twice, the pattern would go
//! astray.
//!
//! ```text
//! cargo run --release --example life [-- [--json] [--generations N] FILE.rle]
//! ```
//!
//! Without a file, it runs the bundled patterns to their published ends.

#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::print_stderr,
    reason = "a program"
)]

mod game;
mod rle;

use std::{
    io::{ErrorKind, Write},
    process::ExitCode,
};

use game::Census;
use serde_json::json;

const USAGE: &str = "usage: life [--json] [--generations N] [FILE.rle]";

/// How long a pattern of the user's runs where they do not say.
const GENERATIONS: u64 = 1000;

/// A bundled pattern, with the generation and the population of its published end.
struct Bundled {
    name: &'static str,
    rle: &'static str,
    generations: u64,
    population: usize,
}

const BUNDLED: [Bundled; 4] = [
    Bundled {
        name: "R-pentomino",
        rle: include_str!("patterns/r-pentomino.rle"),
        generations: 1103,
        population: 116,
    },
    Bundled {
        name: "acorn",
        rle: include_str!("patterns/acorn.rle"),
        generations: 5206,
        population: 633,
    },
    Bundled {
        name: "die hard",
        rle: include_str!("patterns/diehard.rle"),
        generations: 130,
        population: 0,
    },
    // Thirty generations a glider, of five cells each.
    Bundled {
        name: "Gosper glider gun",
        rle: include_str!("patterns/gosper-gun.rle"),
        generations: 30 * 10,
        population: 36 + 5 * 10,
    },
];

#[derive(Default)]
struct Options {
    json: bool,
    generations: Option<u64>,
    file: Option<String>,
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--json" => options.json = true,
            "--generations" => {
                let number = arguments.next().and_then(|number| number.parse().ok());
                options.generations = Some(number.ok_or(format!("--generations takes a number; {USAGE}"))?);
            }
            flag if flag.starts_with('-') => return Err(format!("unknown option {flag}; {USAGE}")),
            _ if options.file.is_some() => return Err(format!("one file at a time; {USAGE}")),
            _ => options.file = Some(argument),
        }
    }
    Ok(options)
}

/// Why there is no result.
enum Failure {
    /// The input is not one.
    Input(String),
    /// What the example claims is not so.
    Claim(String),
}

fn run(options: &Options) -> Result<Vec<(String, Census)>, Failure> {
    if let Some(file) = &options.file {
        let bytes = std::fs::read(file).map_err(|error| Failure::Input(format!("{file}: {error}")))?;
        let cells = rle::read(&bytes).map_err(|reason| Failure::Input(format!("{file}: {reason}")))?;
        let generations = options.generations.unwrap_or(GENERATIONS);
        let census = game::run(&cells, generations).map_err(|claim| Failure::Claim(format!("{file}: {claim}")))?;
        return Ok(vec![(file.clone(), census)]);
    }
    let mut results = Vec::new();
    for Bundled {
        name,
        rle,
        generations,
        population,
    } in BUNDLED
    {
        let cells = rle::read(rle.as_bytes()).map_err(|reason| Failure::Claim(format!("{name}: {reason}")))?;
        let asked = options.generations.unwrap_or(generations);
        let census = game::run(&cells, asked).map_err(|claim| Failure::Claim(format!("{name}: {claim}")))?;
        if asked == generations && census.population != population {
            let claim = format!(
                "{name}: {} cells at generation {generations}, where {population} are published",
                census.population
            );
            return Err(Failure::Claim(claim));
        }
        results.push((name.to_owned(), census));
    }
    Ok(results)
}

fn main() -> ExitCode {
    let options = match options(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(reason) => {
            eprintln!("{reason}");
            return ExitCode::from(2);
        }
    };
    let results = match run(&options) {
        Ok(results) => results,
        Err(Failure::Input(reason)) => {
            eprintln!("{reason}");
            return ExitCode::from(2);
        }
        Err(Failure::Claim(claim)) => {
            eprintln!("{claim}");
            return ExitCode::FAILURE;
        }
    };
    let mut text = String::new();
    for (name, census) in results {
        let Census {
            generations,
            population,
            born,
            died,
        } = census;
        text += &if options.json {
            let object = json!({
                "generations": generations,
                "population": population,
                "born": born,
                "died": died,
            });
            format!("{object}\n")
        } else {
            format!(
                "{name}: {population} cells alive at generation {generations}; {born} were born and {died} have died\n"
            )
        };
    }
    match std::io::stdout().write_all(text.as_bytes()) {
        // Whoever closed the pipe has read all that they wanted.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}
