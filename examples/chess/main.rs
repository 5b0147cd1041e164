//! Replays games of chess in which every piece is an entity, and keeps books on what is deleted.
//!
//! A capture deletes a piece, a promotion replaces one, the end of a game clears the board. The code that plays knows
//! nothing of what follows from that: systems in `Cleanup` count what was captured, let go of a sprite when its last
//! user is gone, and write the log.
//!
//! ```text
//! cargo run --example chess [-- [--json] [--log] FILE.pgn ...]
//! ```
//!
//! Without files, it replays the six games between Garry Kasparov and Deep Blue of 1997.

#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::print_stderr,
    reason = "a program"
)]

mod pgn;
mod replay;
mod table;

use std::{
    io::{ErrorKind, Write},
    process::ExitCode,
};

const BUNDLED: (&str, &[u8]) = (
    "kasparov-deep-blue-1997.pgn",
    include_bytes!("games/kasparov-deep-blue-1997.pgn"),
);

const USAGE: &str = "usage: chess [--json] [--log] [FILE.pgn ...]";

#[derive(Default)]
struct Options {
    json: bool,
    log: bool,
    files: Vec<String>,
}

fn options(arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options::default();
    for argument in arguments {
        match argument.as_str() {
            "--json" => options.json = true,
            "--log" => options.log = true,
            flag if flag.starts_with('-') => return Err(format!("unknown option {flag}; {USAGE}")),
            _ => options.files.push(argument),
        }
    }
    Ok(options)
}

/// All games of all files, or why one of them is refused.
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

fn main() -> ExitCode {
    let input = options(std::env::args().skip(1)).and_then(|options| Ok((games(&options)?, options)));
    let (games, options) = match input {
        Ok(input) => input,
        Err(reason) => {
            eprintln!("{reason}");
            return ExitCode::from(2);
        }
    };
    let mut books = Vec::new();
    for (index, game) in games.iter().enumerate() {
        match replay::replay(game) {
            Ok(book) => books.push(book),
            Err(failure) => {
                eprintln!("game {}: {failure}", index + 1);
                return ExitCode::FAILURE;
            }
        }
    }
    let text = if options.json {
        table::json(&books)
    } else {
        table::readable(&books, options.log)
    };
    match std::io::stdout().write_all(text.as_bytes()) {
        // Whoever closed the pipe has read all that they wanted.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}
