//! The option `--watch` outside of a terminal. The unit tests cover the view in a terminal.

use crate::LIFE;

#[cfg(feature = "watch")]
#[test]
fn watching_without_a_terminal_is_refused() {
    LIFE.assert_refuses(&["--watch"], &["--watch", "terminal"]);
}

#[cfg(feature = "watch")]
#[test]
fn an_unreadable_file_cannot_be_watched() {
    LIFE.assert_refuses(&["--watch", "nowhere.rle"], &["nowhere.rle"]);
}

#[cfg(not(feature = "watch"))]
#[test]
fn watching_without_the_feature_is_refused_with_the_command_that_has_it() {
    for option in ["--watch", "--picture"] {
        let command = format!("cargo run --release -p life --features watch -- {option}");
        LIFE.assert_refuses(&[option], &[&command]);
    }
}

#[test]
fn watch_and_json_exclude_each_other() {
    LIFE.assert_refuses(&["--watch", "--json"], &["--watch", "--json", "usage"]);
}
