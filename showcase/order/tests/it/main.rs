//! Runs the showcase `order` as a user does.

use showcase_terminal::testing::Program;

const ORDER: Program = Program::at(env!("CARGO_BIN_EXE_order"));

#[test]
fn parts_are_printed_with_the_order_of_their_messages() {
    let text = ORDER.text(&[]);
    let names: Vec<_> = text
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
}

#[test]
fn an_unknown_option_is_rejected() {
    ORDER.assert_rejects(&["--nonsense"], &["--nonsense", "usage"]);
    ORDER.assert_rejects(&["file"], &["file", "usage"]);
}

#[test]
fn help_is_printed() {
    assert_eq!(ORDER.text(&["--help"]), "usage: order [--picture]\n");
}

#[cfg(unix)]
#[test]
fn an_argument_may_be_other_than_utf_8() {
    ORDER.assert_rejects_a_name_that_is_not_utf_8();
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    ORDER.assert_ends_silently_without_reader(&[]);
}

#[test]
fn the_picture_is_up_to_date() {
    ORDER.assert_draws("order.svg", "cargo run -p order -- --picture");
}
