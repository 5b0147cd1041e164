//! The option `--watch` without a terminal. The unit tests cover the view in a terminal.

use crate::CHESS;

#[cfg(feature = "watch")]
#[test]
fn watch_without_a_terminal_is_rejected() {
    CHESS.assert_rejects(&["--watch"], &["--watch", "terminal"]);
}

#[cfg(feature = "watch")]
#[test]
fn watch_with_a_missing_file_is_rejected() {
    CHESS.assert_rejects(&["--watch", "missing.pgn"], &["missing.pgn"]);
}

#[cfg(not(feature = "watch"))]
#[test]
fn watch_without_the_feature_is_rejected_with_the_command_to_run() {
    for option in ["--watch", "--picture"] {
        let command = format!("cargo run -p chess --features watch -- {option}");
        CHESS.assert_rejects(&[option], &[&command]);
    }
}

#[test]
fn views_and_json_are_mutually_exclusive() {
    for (first, second) in [("--watch", "--json"), ("--json", "--picture"), ("--picture", "--watch")] {
        CHESS.assert_rejects(&[first, second], &[first, second, "cannot be combined", "usage"]);
    }
}
