//! The picture in `docs` shows a real run.

use crate::LIFE;

#[test]
fn the_picture_of_life_is_up_to_date() {
    LIFE.assert_draws("life.svg", "cargo run --release -p life --features watch -- --picture");
}
