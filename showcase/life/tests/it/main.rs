//! Runs the showcase `life` as a user does.

#[cfg(feature = "watch")]
mod picture;
mod rle;
mod run;
mod watch;

use showcase_terminal::testing::Program;

const LIFE: Program = Program::at(env!("CARGO_BIN_EXE_life"));
