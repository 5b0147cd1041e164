//! The sprites of the pieces, as pixels and as letters.

use cozy_chess::Piece;

/// The width and height of a sprite in pixels.
pub(super) const SIZE: u16 = 8;

/// The Unicode character for a piece, in its text form: some fonts would draw the pawn as an emoji.
pub(super) fn glyph(role: Piece) -> &'static str {
    match role {
        Piece::Pawn => "♟\u{fe0e}",
        Piece::Knight => "♞\u{fe0e}",
        Piece::Bishop => "♝\u{fe0e}",
        Piece::Rook => "♜\u{fe0e}",
        Piece::Queen => "♛\u{fe0e}",
        Piece::King => "♚\u{fe0e}",
    }
}

/// Whether this pixel is set. Pixels are counted from the upper left.
pub(super) fn pixel(role: Piece, x: u16, y: u16) -> bool {
    rows(role)[usize::from(y)].as_bytes()[usize::from(x)] == b'#'
}

#[rustfmt::skip]
fn rows(role: Piece) -> [&'static str; SIZE as usize] {
    match role {
        Piece::Pawn => [
            "........",
            "........",
            "...##...",
            "..####..",
            "...##...",
            "..####..",
            ".######.",
            "........",
        ],
        Piece::Knight => [
            "........",
            "....##..",
            "..#####.",
            ".##.###.",
            ".######.",
            "....###.",
            "..#####.",
            "........",
        ],
        Piece::Bishop => [
            "........",
            "...##...",
            "..#.##..",
            "..##.#..",
            "..####..",
            "...##...",
            ".######.",
            "........",
        ],
        Piece::Rook => [
            "........",
            ".##..##.",
            ".######.",
            "..####..",
            "..####..",
            "..####..",
            ".######.",
            "........",
        ],
        Piece::Queen => [
            "........",
            "#..##..#",
            "##.##.##",
            "########",
            ".######.",
            "..####..",
            ".######.",
            "........",
        ],
        Piece::King => [
            "...##...",
            "..####..",
            "...##...",
            "##.##.##",
            "########",
            ".######.",
            ".######.",
            "........",
        ],
    }
}
