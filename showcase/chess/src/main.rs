//! Replays chess games in which every piece is an entity and every capture is a delete.
//!
//! A capture deletes a piece, a promotion deletes a pawn and spawns another piece, and the end of a game deletes all
//! pieces. The code that plays (`replay.rs`) only deletes. The receivers in `Cleanup` (`receivers.rs`) count the
//! captures, release a sprite after its last user was deleted, and write the log.
//!
//! ```text
//! cargo run -p chess [-- [--json] [--log] [FILE.pgn ...]]
//! cargo run -p chess --features watch -- --watch [FILE.pgn ...]
//! ```
//!
//! Without files, it replays the six games of the 1997 match between Garry Kasparov and Deep Blue. With `--watch`, it
//! shows them in the terminal, ply by ply. With the same feature, `--picture` prints the picture `docs/chess.svg`.

#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "a program")]
#![cfg_attr(
    not(feature = "watch"),
    allow(dead_code, reason = "some items are used only by the terminal view")
)]

mod check;
mod pgn;
mod pieces;
mod receivers;
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
        return Err(format!("--json and --watch cannot be combined; {USAGE}"));
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

/// Reads all games of all files. An error names the first file that is rejected, and the reason.
fn games(options: &Options) -> Result<Vec<pgn::Game>, String> {
    if options.files.is_empty() {
        return pgn::read(BUNDLED.1).map_err(|error| format!("{}: {error}", BUNDLED.0));
    }
    let mut games = Vec::new();
    for file in &options.files {
        let bytes = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
        games.extend(pgn::read(&bytes).map_err(|error| format!("{file}: {error}"))?);
    }
    Ok(games)
}

/// Replays the games. Returns the text to print.
fn run(arguments: impl Iterator<Item = String>) -> Result<String, Failure> {
    let options = options(arguments).map_err(Failure::Input)?;
    let games = games(&options).map_err(Failure::Input)?;
    #[cfg(feature = "watch")]
    if options.watch {
        return watch::watch(&games);
    } else if options.picture {
        return watch::picture(&games).map_err(Failure::Assertion);
    }
    let mut statistics = Vec::new();
    for (index, game) in games.iter().enumerate() {
        let replayed = replay::replay(game);
        statistics.push(replayed.map_err(|message| Failure::Assertion(format!("game {}: {message}", index + 1)))?);
    }
    Ok(if options.json {
        table::json(&statistics)
    } else {
        table::text(&statistics, options.log)
    })
}

fn main() -> ExitCode {
    finish(run(std::env::args().skip(1)))
}
