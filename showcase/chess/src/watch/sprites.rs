//! The sprites of the pieces, as pixels and as Unicode characters.

use cozy_chess::Piece;

/// The width and height of a sprite in pixels.
pub(super) const SIZE: u16 = 8;

/// Returns the Unicode character of a piece, with the selector for its text form: the pawn is also an emoji.
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

/// Returns whether a pixel is set. The origin is at the upper left.
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
