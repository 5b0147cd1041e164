//! How a program ends.

use std::{
    io::{self, ErrorKind, Write},
    process::ExitCode,
};

/// Why a program has no result.
#[derive(Debug)]
pub enum Failure {
    /// The input or the options are wrong. The exit code is 2.
    Input(String),
    /// An assertion of the showcase does not hold. The exit code is 1.
    Claim(String),
}

/// Prints the result, or the reason why there is none.
#[allow(clippy::print_stderr, reason = "it ends a program")]
pub fn finish(result: Result<String, Failure>) -> ExitCode {
    let text = match result {
        Ok(text) => text,
        Err(Failure::Input(reason)) => {
            eprintln!("{reason}");
            return ExitCode::from(2);
        }
        Err(Failure::Claim(claim)) => {
            eprintln!("{claim}");
            return ExitCode::FAILURE;
        }
    };
    match io::stdout().write_all(text.as_bytes()) {
        // A reader such as `head` closes the pipe once it has read enough.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}
