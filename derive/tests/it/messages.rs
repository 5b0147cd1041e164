//! The compiler's messages for invalid snapshots.

use std::{env, process::Command};

/// The version of Rust whose messages are in `tests/ui`. The messages of other versions differ.
const RUST: &str = "rustc 1.95.";

#[test]
fn compile_errors_have_the_expected_messages() {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().expect("rustc runs");
    let version = String::from_utf8_lossy(&output.stdout);
    if !version.starts_with(RUST) {
        eprintln!("skipped: the messages in tests/ui are those of {RUST}x, but this is {version}");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
