//! Replays games of chess in which every piece is an entity, and reacts to the deleted pieces.
//!
//! A capture deletes a piece, a promotion replaces one, the end of a game deletes all of them. The code that plays
//! (`replay.rs`) only deletes. Systems in `Cleanup` (`books.rs`) count the captures, release a sprite after its last user
//! was deleted, and write the log.
//!
//! ```text
//! cargo run -p chess [-- [--json] [--log] [FILE.pgn ...]]
//! cargo run -p chess --features watch -- --watch [FILE.pgn ...]
//! ```
//!
//! Without files, it replays the six games between Garry Kasparov and Deep Blue of 1997. With `--watch`, it shows them in
//! the terminal, ply by ply. (`--picture`, with the same feature, prints the picture `docs/chess.svg`.)

#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "a program")]
#![cfg_attr(
    not(feature = "watch"),
    allow(dead_code, reason = "some of it is used by the terminal view alone")
)]

mod books;
mod check;
mod pgn;
mod pieces;
mod replay;
mod table;
#[cfg(feature = "watch")]
mod watch;

use std::process::ExitCode;

use showcase_terminal::{Failure, finish};

const BUNDLED: (&str, &[u8]) = (
    "kasparov-deep-blue-1997.pgn",
    include_bytes!("../games/kasparov-deep-blue-1997.pgn"),
);

const USAGE: &str = "usage: chess [--json | --watch] [--log] [FILE.pgn ...]";

#[derive(Default)]
struct Options {
    json: bool,
    log: bool,
    watch: bool,
    picture: bool,
    files: Vec<String>,
}

fn options(arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options::default();
    for argument in arguments {
        match argument.as_str() {
            "--json" => options.json = true,
            "--log" => options.log = true,
            "--watch" => options.watch = true,
            "--picture" => options.picture = true,
            flag if flag.starts_with('-') => return Err(format!("unknown option {flag}; {USAGE}")),
            _ => options.files.push(argument),
        }
    }
    if options.json && options.watch {
        return Err(format!("--json and --watch exclude each other; {USAGE}"));
    }
    #[cfg(not(feature = "watch"))]
    for (is_given, flag) in [(options.watch, "--watch"), (options.picture, "--picture")] {
        if is_given {
            return Err(format!(
                "{flag} needs the feature `watch`: cargo run -p chess --features watch -- {flag}"
            ));
        }
    }
    Ok(options)
}

/// All games of all files. An error names the first file that is refused, and the reason.
fn games(options: &Options) -> Result<Vec<pgn::Game>, String> {
    if options.files.is_empty() {
        return pgn::read(BUNDLED.1).map_err(|refusal| format!("{}: {refusal}", BUNDLED.0));
    }
    let mut games = Vec::new();
    for file in &options.files {
        let bytes = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
        games.extend(pgn::read(&bytes).map_err(|refusal| format!("{file}: {refusal}"))?);
    }
    Ok(games)
}

/// Replays the games, and returns the text to print.
fn run(arguments: impl Iterator<Item = String>) -> Result<String, Failure> {
    let options = options(arguments).map_err(Failure::Input)?;
    let games = games(&options).map_err(Failure::Input)?;
    #[cfg(feature = "watch")]
    if options.watch {
        return watch::watch(&games);
    } else if options.picture {
        return watch::picture(&games).map_err(Failure::Claim);
    }
    let mut books = Vec::new();
    for (index, game) in games.iter().enumerate() {
        let book = replay::replay(game).map_err(|claim| Failure::Claim(format!("game {}: {claim}", index + 1)))?;
        books.push(book);
    }
    Ok(if options.json {
        table::json(&books)
    } else {
        table::readable(&books, options.log)
    })
}

fn main() -> ExitCode {
    finish(run(std::env::args().skip(1)))
}
