//! The examples are short, say how to run them, and check their own results.

use std::{fs, path::Path, process::Command};

/// The name and the text of each example.
fn examples() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut examples: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    examples.sort();
    examples
}

/// The command that the comment at the top of an example shows.
fn command<'a>(name: &str, text: &'a str) -> Option<&'a str> {
    let run = format!("//! cargo run --example {name}");
    let line = text.lines().find(|line| line.starts_with(&run))?;
    line.strip_prefix("//! cargo ")
}

#[test]
fn every_example_fits_on_one_screen_and_says_how_to_run_it() {
    let examples = examples();
    assert!(examples.len() >= 12, "there are {} examples", examples.len());
    for (name, text) in examples {
        let lines = text.lines().count();
        assert!(lines < 80, "`{name}` has {lines} lines");
        assert!(text.starts_with("//! "), "`{name}` does not say what it shows");
        assert!(text.contains("\n//! Look at "), "`{name}` does not say what to look at");
        assert!(command(&name, &text).is_some(), "`{name}` does not say how to run it");
    }
}

#[test]
fn every_example_succeeds() {
    for (name, text) in examples() {
        let command = command(&name, &text).unwrap();
        if command.contains("--features audit") && !cfg!(feature = "audit") {
            continue;
        }
        let output = Command::new(env!("CARGO"))
            .args(command.split_whitespace())
            .args(["--quiet", "--package", "bevy_post_delete"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cargo {command}\n{errors}");
        assert!(!output.stdout.is_empty(), "`{name}` prints nothing");
    }
}
