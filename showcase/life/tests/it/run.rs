//! The ends of the bundled patterns, and the input that is refused.

use showcase_terminal::testing::Scratch;

use crate::LIFE;

#[test]
fn the_bundled_patterns_reach_their_published_ends() {
    let pattern = |name: &str| format!("{}/patterns/{name}.rle", env!("CARGO_MANIFEST_DIR"));
    let pentomino = LIFE.objects(&["--json", "--generations", "1103", &pattern("r-pentomino")]);
    assert_eq!(pentomino[0]["population"], 116);
    assert_eq!(pentomino[0]["generations"], 1103);
    let hard = LIFE.objects(&["--json", "--generations", "130", &pattern("diehard")]);
    assert_eq!(hard[0]["population"], 0);
    assert_eq!(
        7 + hard[0]["born"].as_u64().unwrap(),
        hard[0]["died"].as_u64().unwrap(),
        "every cell has died, including the first seven"
    );
    let acorn = LIFE.objects(&["--json", "--generations", "0", &pattern("acorn")]);
    assert_eq!(acorn[0]["population"], 7);
    assert_eq!(acorn[0]["born"], 0);
}

#[test]
fn invalid_patterns_are_refused() {
    for (content, why) in [
        ("", "does not end"),
        ("x = 3, y = 3\nbob$2bo$3o", "does not end"),
        ("x = 3, y = 3, rule = B36/S23\nbob$2bo$3o!", "B36/S23"),
        ("x = 3, y = 3\nbob$2zo$3o!", "state"),
        ("x = 1, y = 1\n99999\n99999999o!", "too long"),
        ("x = 2, y = 1\nAB!", "state 2"),
    ] {
        let file = Scratch::new("bad.rle", content);
        LIFE.assert_refuses(&["--json", file.path()], &["bad.rle", why]);
    }
    LIFE.assert_refuses(&["nowhere.rle"], &["nowhere.rle"]);
    LIFE.assert_refuses(&["--generations", "many"], &["--generations"]);
}
