//! The live views of the examples, where there is no terminal. What they show in one is tested beside them.

use crate::examples::{assert_refused, run};

#[test]
fn watching_without_a_terminal_is_refused() {
    for example in ["chess", "life"] {
        assert_refused(example, &["--watch"], &["--watch", "terminal"]);
    }
}

#[test]
fn watching_is_for_people_and_json_for_programs() {
    for example in ["chess", "life"] {
        assert_refused(example, &["--watch", "--json"], &["--watch", "--json", "usage"]);
    }
}

#[test]
fn what_cannot_be_read_cannot_be_watched() {
    assert_refused("chess", &["--watch", "nowhere.pgn"], &["nowhere.pgn"]);
    assert_refused("life", &["--watch", "nowhere.rle"], &["nowhere.rle"]);
}

#[test]
fn the_order_of_deletion_is_shown() {
    let output = run("order", &[]);
    assert!(output.status.success());
    let shown = String::from_utf8(output.stdout).unwrap();
    let names: Vec<_> = shown
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        names,
        [
            "6 ship",
            "5 hull",
            "4 left engine",
            "3 right engine",
            "2 cargo bay",
            "1 crate"
        ]
    );
    assert_refused("order", &["--nonsense"], &["usage"]);
}
