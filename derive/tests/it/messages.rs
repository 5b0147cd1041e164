//! The messages of the compiler for each mistake.

use std::{env, process::Command};

/// The version of Rust that wrote the files in `tests/ui`. Other versions word their messages differently.
const RUST: &str = "rustc 1.95.";

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped must say so")]
fn a_mistake_is_explained_at_the_place_where_it_is() {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().expect("rustc runs");
    let version = String::from_utf8_lossy(&output.stdout);
    if !version.starts_with(RUST) {
        eprintln!("skipped: the messages in tests/ui are those of {RUST}x, but this is {version}");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
