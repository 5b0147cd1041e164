//! Runs of the bundled patterns, and the rejection of invalid input.

use showcase_terminal::testing::TempFile;

use crate::LIFE;

#[test]
fn the_bundled_patterns_reach_their_known_populations() {
    let pattern = |name: &str| format!("{}/patterns/{name}.rle", env!("CARGO_MANIFEST_DIR"));
    let pentomino = LIFE.objects(&["--json", "--generations", "1103", &pattern("r-pentomino")]);
    assert_eq!(pentomino[0]["population"], 116);
    assert_eq!(pentomino[0]["generations"], 1103);
    let die_hard = LIFE.objects(&["--json", "--generations", "130", &pattern("diehard")]);
    assert_eq!(die_hard[0]["population"], 0);
    assert_eq!(
        7 + die_hard[0]["born"].as_u64().unwrap(),
        die_hard[0]["died"].as_u64().unwrap(),
        "every cell has died, including the initial seven"
    );
    let acorn = LIFE.objects(&["--json", "--generations", "0", &pattern("acorn")]);
    assert_eq!(acorn[0]["population"], 7);
    assert_eq!(acorn[0]["born"], 0);
}

#[test]
fn invalid_patterns_are_rejected() {
    for (content, reason) in [
        ("", "no pattern"),
        ("x = 3, y = 3\nbob$2bo$3o", "does not end"),
        ("x = 3, y = 3, rule = B36/S23\nbob$2bo$3o!", "B36/S23"),
        ("x = 3, y = 3\nbob$2zo$3o!", "state"),
        ("x = 1, y = 1\n99999\n99999999o!", "too long"),
        ("x = 2, y = 1\nAB!", "state 2"),
    ] {
        let file = TempFile::new("bad.rle", content);
        LIFE.assert_rejects(&["--json", file.path()], &["bad.rle", reason]);
    }
    LIFE.assert_rejects(&["missing.rle"], &["missing.rle"]);
    for generations in ["many", "-1", "1.5"] {
        LIFE.assert_rejects(
            &["--generations", generations],
            &["--generations", generations, "usage"],
        );
    }
    LIFE.assert_rejects(&["--generations"], &["--generations", "usage"]);
    LIFE.assert_rejects(&["a.rle", "b.rle"], &["only one file", "usage"]);
}

#[test]
fn help_is_printed() {
    for option in ["-h", "--help"] {
        assert!(LIFE.text(&[option]).starts_with("usage: life "));
    }
}

#[cfg(unix)]
#[test]
fn a_file_name_may_be_other_than_utf_8() {
    LIFE.assert_rejects_a_name_that_is_not_utf_8();
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    LIFE.assert_ends_silently_without_reader(&["--generations", "0"]);
}
