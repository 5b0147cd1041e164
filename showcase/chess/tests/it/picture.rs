//! Compares the picture in `docs` with the output of `--picture`.

use crate::CHESS;

#[test]
fn the_picture_is_up_to_date() {
    CHESS.assert_draws("chess.svg", "cargo run -p chess --features watch -- --picture");
}
