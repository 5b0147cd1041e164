//! Replays games of chess in which every piece is an entity, and keeps books on what is deleted.
//!
//! A capture deletes a piece, a promotion replaces one, the end of a game clears the board. The code that plays knows
//! nothing of what follows from that: systems in `Cleanup` count what was captured, let go of a sprite when its last
//! user is gone, and write the log. They are in `books.rs`.
//!
//! ```text
//! cargo run --example chess [-- [--json | --watch] [--log] [FILE.pgn ...]]
//! ```
//!
//! Without files, it replays the six games between Garry Kasparov and Deep Blue of 1997. With `--watch`, it shows them in
//! the terminal, ply by ply. (`--picture` prints the picture of that in `docs`.)

#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::print_stderr,
    reason = "a program"
)]

mod board;
mod books;
mod books_view;
mod check;
mod pgn;
mod pieces;
mod replay;
mod sprites;
mod table;
#[path = "../terminal/mod.rs"]
mod terminal;
#[cfg(test)]
mod tests;
mod view;
mod watch;

use std::process::ExitCode;

use terminal::{Failure, Live};
use watch::Watch;

const BUNDLED: (&str, &[u8]) = (
    "kasparov-deep-blue-1997.pgn",
    include_bytes!("games/kasparov-deep-blue-1997.pgn"),
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

/// Replays the games, and returns what is to be printed.
fn run(arguments: impl Iterator<Item = String>) -> Result<String, Failure> {
    let options = options(arguments).map_err(Failure::Input)?;
    let games = games(&options).map_err(Failure::Input)?;
    if options.watch {
        let mut watch = Watch::begin(&games).map_err(Failure::Claim)?;
        return terminal::watch(&mut watch).map(|()| String::new());
    }
    if options.picture {
        return picture(&games).map_err(Failure::Claim);
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

/// How many plies of the last game the picture is taken after: in the bundled one, White has just taken the queen.
const PICTURED: usize = 35;

/// What `--watch` shows at some time.
fn picture(games: &[pgn::Game]) -> Result<String, String> {
    let mut watch = Watch::begin(games)?;
    for _ in 1..games.len() {
        watch.next_game()?;
    }
    for _ in 0..PICTURED {
        watch.step()?;
    }
    Ok(terminal::picture(&watch, 125, 37))
}

fn main() -> ExitCode {
    terminal::finish(run(std::env::args().skip(1)))
}
