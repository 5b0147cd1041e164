//! Compares the picture in `docs` with the output of `--picture`.

use crate::LIFE;

#[test]
fn the_picture_is_up_to_date() {
    LIFE.assert_draws("life.svg", "cargo run --release -p life --features watch -- --picture");
}
