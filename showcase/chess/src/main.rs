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

use std::{path::PathBuf, process::ExitCode};

use lexopt::{Arg, Parser};
use showcase_terminal::{Failure, Output, finish};

const BUNDLED: (&str, &[u8]) = (
    "kasparov-deep-blue-1997.pgn",
    include_bytes!("../games/kasparov-deep-blue-1997.pgn"),
);

const USAGE: &str = "usage: chess [--json] [--log] [FILE.pgn ...], or chess --watch | --picture [FILE.pgn ...]";

#[derive(Default)]
struct Options {
    help: bool,
    output: Output,
    log: bool,
    files: Vec<PathBuf>,
}

fn options(mut parser: Parser) -> Result<Options, lexopt::Error> {
    let mut options = Options::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('h') | Arg::Long("help") => options.help = true,
            Arg::Long("json") => options.output.choose(Output::Json)?,
            Arg::Long("log") => options.log = true,
            Arg::Long("watch") => options.output.choose(Output::Watch)?,
            Arg::Long("picture") => options.output.choose(Output::Picture)?,
            Arg::Value(file) => options.files.push(file.into()),
            _ => return Err(argument.unexpected()),
        }
    }
    if options.output.is_view() && cfg!(not(feature = "watch")) {
        let flag = options.output;
        let command = format!("cargo run -p chess --features watch -- {flag}");
        return Err(format!("{flag} needs the feature `watch`: {command}").into());
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
        let name = file.display();
        let bytes = std::fs::read(file).map_err(|error| format!("{name}: {error}"))?;
        games.extend(pgn::read(&bytes).map_err(|error| format!("{name}: {error}"))?);
    }
    Ok(games)
}

/// Replays the games. Returns the text to print.
fn run(parser: Parser) -> Result<String, Failure> {
    let options = options(parser).map_err(|error| Failure::Input(format!("{error}; {USAGE}")))?;
    if options.help {
        return Ok(format!("{USAGE}\n"));
    }
    let games = games(&options).map_err(Failure::Input)?;
    #[cfg(feature = "watch")]
    match options.output {
        Output::Watch => return watch::watch(&games),
        Output::Picture => return watch::picture(&games).map_err(Failure::Assertion),
        Output::Text | Output::Json => {}
    }
    let mut statistics = Vec::new();
    for (index, game) in games.iter().enumerate() {
        let replayed = replay::replay(game);
        statistics.push(replayed.map_err(|message| Failure::Assertion(format!("game {}: {message}", index + 1)))?);
    }
    Ok(if options.output == Output::Json {
        table::json(&statistics, options.log)
    } else {
        table::text(&statistics, options.log)
    })
}

fn main() -> ExitCode {
    finish(run(Parser::from_env()))
}
