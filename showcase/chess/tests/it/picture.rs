//! The pictures in `docs` are of real runs: they are what the examples draw now.

use std::{fs, path::Path};

use crate::examples::run;

fn assert_is_drawn_by(example: &str) {
    let output = run(example, &["--picture"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let drawn = String::from_utf8(output.stdout).unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/{example}.svg"));
    // By lines, which end as the user's version control has it.
    assert!(
        drawn.lines().eq(fs::read_to_string(file).unwrap().lines()),
        "renew it by: cargo run --example {example} -- --picture > docs/{example}.svg"
    );
}

#[test]
fn the_picture_of_chess_is_of_today() {
    assert_is_drawn_by("chess");
}

#[test]
fn the_picture_of_life_is_of_today() {
    assert_is_drawn_by("life");
}

#[test]
fn the_picture_of_the_order_is_of_today() {
    assert_is_drawn_by("order");
}
