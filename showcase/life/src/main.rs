//! Conway's Game of Life on an unbounded plane, every living cell an entity.
//!
//! A generation is made from an index of positions. Births enter it as they happen; deaths leave it in `Cleanup`, by
//! what `PostDelete<Cell>` tells and by nothing else. If a single death were missed or told twice, the pattern would go
//! astray.
//!
//! ```text
//! cargo run --release --example life [-- [--json | --watch] [--generations N] [FILE.rle]]
//! ```
//!
//! Without a file, it runs the bundled patterns to their published ends. With `--watch`, it shows in the terminal how
//! they get there, without end or until generation N. (`--picture` prints the picture of that in `docs`.)

#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::print_stderr,
    reason = "a program"
)]

mod game;
mod rle;
#[path = "../terminal/mod.rs"]
mod terminal;
#[cfg(test)]
mod tests;
mod view;
mod watch;

use std::process::ExitCode;

use game::Census;
use serde_json::json;
use terminal::{Failure, Live};
use watch::{Pattern, Watch};

const USAGE: &str = "usage: life [--json | --watch] [--generations N] [FILE.rle]";

/// How long a pattern of the user's runs where they do not say.
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
    Ok(options)
}

/// The patterns to run, and where they are bundled ones, what is published of them.
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

/// Runs a pattern to its end, and checks that this is the published one.
fn census(pattern: &Pattern, bundled: Option<&Bundled>, asked: Option<u64>) -> Result<Census, String> {
    let published = bundled.map(|bundled| (bundled.generations, bundled.population));
    let generations = asked.or(published.map(|end| end.0)).unwrap_or(GENERATIONS);
    let census = game::run(&pattern.cells, generations)?;
    match published {
        Some((end, population)) if end == generations && population != census.population => Err(format!(
            "{} cells at generation {end}, where {population} are published",
            census.population
        )),
        _ => Ok(census),
    }
}

/// Runs the patterns, and returns what is to be printed.
fn run(arguments: impl Iterator<Item = String>) -> Result<String, Failure> {
    let options = options(arguments).map_err(Failure::Input)?;
    let patterns = patterns(&options)?;
    if options.watch || options.picture {
        let patterns: Vec<_> = patterns.into_iter().map(|(pattern, _)| pattern).collect();
        let mut watch = Watch::begin(&patterns, options.generations).map_err(Failure::Claim)?;
        if options.picture {
            return picture(watch).map_err(Failure::Claim);
        }
        return terminal::watch(&mut watch).map(|()| String::new());
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

/// The generation that the picture is of.
const PICTURED: u64 = 400;

/// What `--watch` shows at some time, of the acorn if no other pattern was asked for.
fn picture(mut watch: Watch<'_>) -> Result<String, String> {
    watch.next_pattern()?;
    for _ in 0..PICTURED {
        watch.step()?;
    }
    Ok(terminal::picture(&watch, 125, 37))
}

fn main() -> ExitCode {
    terminal::finish(run(std::env::args().skip(1)))
}
