//! Runs the showcase `chess` as a user does.

mod pgn;
#[cfg(feature = "watch")]
mod picture;
mod replay;
mod watch;

use showcase_terminal::testing::Program;

const CHESS: Program = Program::at(env!("CARGO_BIN_EXE_chess"));
