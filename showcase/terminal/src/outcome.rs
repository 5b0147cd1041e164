//! The result of a program: text, or a failure with its exit code.

use std::{
    io::{self, ErrorKind, Write},
    process::ExitCode,
};

/// The reason why a program failed.
#[derive(Debug)]
pub enum Failure {
    /// The input or the options are wrong. The exit code is 2.
    Input(String),
    /// An assertion of the showcase does not hold. The exit code is 1.
    Assertion(String),
}

/// Prints the result, or the reason for the failure. Returns the exit code.
pub fn finish(result: Result<String, Failure>) -> ExitCode {
    let text = match result {
        Ok(text) => text,
        Err(Failure::Input(reason)) => {
            eprintln!("{reason}");
            return ExitCode::from(2);
        }
        Err(Failure::Assertion(message)) => {
            eprintln!("{message}");
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
