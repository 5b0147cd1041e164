//! Runs a showcase as a user does, and checks its output.

use std::{
    ffi::OsStr,
    fs, io,
    path::PathBuf,
    process::{self, Command, Output},
    sync::atomic::{AtomicUsize, Ordering},
};

use serde_json::Value;

/// A program that cargo has built for the test.
#[derive(Clone, Copy, Debug)]
pub struct Program(&'static str);

impl Program {
    /// Creates a program from its path: `Program::at(env!("CARGO_BIN_EXE_chess"))`.
    pub const fn at(path: &'static str) -> Self {
        Self(path)
    }

    /// Runs the program with these arguments.
    pub fn run(self, arguments: &[impl AsRef<OsStr>]) -> Output {
        Command::new(self.0).args(arguments).output().unwrap()
    }

    /// Runs the program. Returns the text that it prints.
    pub fn text(self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs the program. Returns the JSON objects that it prints, one per line.
    pub fn objects(self, arguments: &[&str]) -> Vec<Value> {
        let text = self.text(arguments);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Asserts that the program rejects the input: it exits with code 2, prints nothing to the standard output, and
    /// prints one line that contains each of these texts to the standard error.
    pub fn assert_rejects(self, arguments: &[impl AsRef<OsStr>], texts: &[&str]) {
        let output = self.run(arguments);
        let reason = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{reason}");
        assert_eq!(reason.lines().count(), 1, "{reason}");
        assert!(output.stdout.is_empty());
        for text in texts {
            assert!(reason.contains(text), "{reason:?} does not contain {text:?}");
        }
    }

    /// Asserts that the program rejects a missing file with a message, although the name of the file is not UTF-8.
    #[cfg(unix)]
    pub fn assert_rejects_a_name_that_is_not_utf_8(self) {
        use std::os::unix::ffi::OsStrExt;
        self.assert_rejects(&[OsStr::from_bytes(b"missing-\xff")], &["missing-"]);
    }

    /// Asserts that the program does not fail if the reader of its output has closed the pipe.
    pub fn assert_ends_silently_without_reader(self, arguments: &[&str]) {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let output = Command::new(self.0).args(arguments).stdout(writer).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    }

    /// Asserts that `--picture` prints the file with this name in the repository's `docs` directory.
    pub fn assert_draws(self, name: &str, command: &str) {
        let drawn = self.text(&["--picture"]);
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
        // Compares lines, because Git may have changed the line ends.
        assert!(
            drawn.lines().eq(fs::read_to_string(file).unwrap().lines()),
            "docs/{name} is out of date; run: {command} > docs/{name}"
        );
    }
}

/// A temporary file, removed when it is dropped.
#[derive(Debug)]
pub struct TempFile(PathBuf);

impl TempFile {
    /// Writes a file whose name ends with `name`.
    pub fn new(name: &str, content: impl AsRef<[u8]>) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let (process, number) = (process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(format!("bevy_post_delete-{process}-{number}-{name}"));
        fs::write(&path, content).unwrap();
        Self(path)
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        _ = fs::remove_file(&self.0);
    }
}
