//! The picture in `docs` shows a real run.

use crate::CHESS;

#[test]
fn the_picture_of_chess_is_up_to_date() {
    CHESS.assert_draws("chess.svg", "cargo run -p chess --features watch -- --picture");
}
