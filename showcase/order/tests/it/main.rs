//! The showcase `order`, run as its user does.

use showcase_terminal::testing::Program;

const ORDER: Program = Program::at(env!("CARGO_BIN_EXE_order"));

#[test]
fn the_order_of_deletion_is_shown() {
    let shown = ORDER.text(&[]);
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
}

#[test]
fn an_unknown_option_is_refused() {
    ORDER.assert_refuses(&["--nonsense"], &["usage"]);
}

#[test]
fn the_picture_of_the_order_is_up_to_date() {
    ORDER.assert_draws("order.svg", "cargo run -p order -- --picture");
}
