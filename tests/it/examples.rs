//! The examples, run as a user runs them.

use std::process::Command;

#[test]
fn quick_start_runs() {
    let status = Command::new(env!("CARGO"))
        .args([
            "run",
            "--quiet",
            "--package",
            "bevy_post_delete",
            "--example",
            "quick_start",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .unwrap();
    assert!(status.success());
}
