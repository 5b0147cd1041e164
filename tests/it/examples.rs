//! The examples are short, and say how to run them. (`.ci/run` runs them.)

use std::{fs, path::Path};

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

#[test]
fn every_example_fits_on_one_screen_and_says_how_to_run_it() {
    let examples = examples();
    assert!(examples.len() >= 12, "there are {} examples", examples.len());
    for (name, text) in examples {
        let lines = text.lines().count();
        assert!(lines < 80, "`{name}` has {lines} lines");
        assert!(text.starts_with("//! "), "`{name}` does not say what it shows");
        assert!(text.contains("\n//! Look at "), "`{name}` does not say what to look at");
        let command = format!("\n//! cargo run --example {name}");
        assert!(text.contains(&command), "`{name}` does not say how to run it");
    }
}
