//! Runs a showcase as its user does, and reads its output.

use std::{
    fs,
    path::PathBuf,
    process::{self, Command, Output},
    sync::atomic::{AtomicUsize, Ordering},
};

use serde_json::Value;

/// A program that was built for the test.
#[derive(Clone, Copy, Debug)]
pub struct Program(&'static str);

impl Program {
    /// The program at this path: `Program::at(env!("CARGO_BIN_EXE_chess"))`.
    pub const fn at(path: &'static str) -> Self {
        Self(path)
    }

    /// Runs it with these arguments.
    pub fn run(self, arguments: &[&str]) -> Output {
        Command::new(self.0).args(arguments).output().unwrap()
    }

    /// Runs it, and returns the text that it prints.
    pub fn text(self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs it, and returns the JSON objects that it prints, one per line.
    pub fn objects(self, arguments: &[&str]) -> Vec<Value> {
        let text = self.text(arguments);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Asserts that wrong input ends with exit code 2, one line that contains each of these words, and no output.
    pub fn assert_refuses(self, arguments: &[&str], words: &[&str]) {
        let output = self.run(arguments);
        let reason = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{reason}");
        assert_eq!(reason.lines().count(), 1, "{reason}");
        assert!(output.stdout.is_empty());
        for word in words {
            assert!(reason.contains(word), "{reason:?} does not name {word:?}");
        }
    }

    /// Asserts that the option `--picture` prints this file of the repository's folder `docs`.
    pub fn assert_draws(self, name: &str, command: &str) {
        let drawn = self.text(&["--picture"]);
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
        // Compared line by line, since version control may have changed how lines end.
        assert!(
            drawn.lines().eq(fs::read_to_string(file).unwrap().lines()),
            "renew it: {command} > docs/{name}"
        );
    }
}

/// A temporary file, removed when it is dropped.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Writes a file whose name ends like this.
    pub fn new(name: &str, content: impl AsRef<[u8]>) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let (process, number) = (process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(format!("bevy_post_delete-{process}-{number}-{name}"));
        fs::write(&path, content).unwrap();
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        _ = fs::remove_file(&self.0);
    }
}
