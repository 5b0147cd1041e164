//! How a program ends.

use std::{
    io::{self, ErrorKind, Write},
    process::ExitCode,
};

/// Why there is no result.
pub(crate) enum Failure {
    /// What was asked for cannot be done.
    Input(String),
    /// What the example claims is not so.
    Claim(String),
}

/// Prints the result, or why there is none.
pub(crate) fn finish(result: Result<String, Failure>) -> ExitCode {
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
        // Whoever closed the pipe has read all that they wanted.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}
