//! The sprites of the pieces: what a terminal can show of them.

use cozy_chess::Piece;

/// The pixels of a sprite in either direction.
pub(crate) const SIZE: u16 = 8;

/// As a letter of the alphabet, in its text form: some fonts have a colourful picture for the pawn.
pub(crate) fn glyph(role: Piece) -> &'static str {
    match role {
        Piece::Pawn => "♟\u{fe0e}",
        Piece::Knight => "♞\u{fe0e}",
        Piece::Bishop => "♝\u{fe0e}",
        Piece::Rook => "♜\u{fe0e}",
        Piece::Queen => "♛\u{fe0e}",
        Piece::King => "♚\u{fe0e}",
    }
}

/// Whether this pixel of the sprite, counted from its upper left, is of the piece.
pub(crate) fn pixel(role: Piece, x: u16, y: u16) -> bool {
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
