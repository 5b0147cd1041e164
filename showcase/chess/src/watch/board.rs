//! The board, in the largest size that fits.

use cozy_chess::{Color as Side, File, Rank, Square};
use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Style},
    widgets::Widget,
};

use super::sprites;
use crate::pieces::Piece;

/// The columns for the rank labels, and the rows for the file labels.
const RANK_LABELS: u16 = 2;
const FILE_LABELS: u16 = 1;

/// The possible sizes of a square, in columns and rows. Only the largest one shows sprites, with two pixels per row.
const SCALES: [(u16, u16); 3] = [(sprites::SIZE, sprites::SIZE / 2), (4, 2), (2, 1)];

pub(super) struct BoardView {
    pub(super) pieces: Vec<(Square, Piece)>,
    /// The squares from and to which the last move was made.
    pub(super) moved: Vec<Square>,
    /// The squares on which the last ply deleted a piece.
    pub(super) deleted: Vec<Square>,
}

/// Returns the columns and rows of the largest board that fits, or `None` if no board fits.
pub(super) fn size(columns: u16, rows: u16) -> Option<(u16, u16)> {
    SCALES
        .map(|(width, height)| (RANK_LABELS + 8 * width, FILE_LABELS + 8 * height))
        .into_iter()
        .find(|(width, height)| *width <= columns && *height <= rows)
}

impl BoardView {
    fn background(&self, square: Square) -> Color {
        let light = (square.file() as usize + square.rank() as usize) % 2 == 1;
        let index = if self.deleted.contains(&square) {
            167 // Red.
        } else if self.moved.contains(&square) {
            if light { 143 } else { 101 } // Yellow.
        } else if light {
            109 // Blue.
        } else {
            66
        };
        Color::Indexed(index)
    }
}

impl Widget for &BoardView {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let Some(size) = size(area.width, area.height) else {
            return;
        };
        let (width, height) = ((size.0 - RANK_LABELS) / 8, (size.1 - FILE_LABELS) / 8);
        let grey = Style::new().fg(Color::DarkGray);
        for file in File::ALL {
            let x = area.x + RANK_LABELS + file as u16 * width + (width - 1) / 2;
            buffer.set_string(x, area.y + 8 * height, file.to_string(), grey);
        }
        for rank in Rank::ALL {
            let top = area.y + (7 - rank as u16) * height;
            buffer.set_string(area.x, top + (height - 1) / 2, rank.to_string(), grey);
            for file in File::ALL {
                let square = Square::new(file, rank);
                let place = Rect::new(area.x + RANK_LABELS + file as u16 * width, top, width, height);
                buffer.set_style(place, Style::new().bg(self.background(square)));
                if let Some((_, piece)) = self.pieces.iter().find(|(occupied, _)| *occupied == square) {
                    draw_piece(*piece, place, buffer);
                }
            }
        }
    }
}

fn draw_piece(piece: Piece, place: Rect, buffer: &mut Buffer) {
    let color = match piece.color {
        Side::White => Color::Indexed(231),
        Side::Black => Color::Indexed(233),
    };
    if place.width < sprites::SIZE {
        let x = place.x + (place.width - 1) / 2;
        let y = place.y + (place.height - 1) / 2;
        buffer.set_string(x, y, sprites::glyph(piece.role), Style::new().fg(color));
        return;
    }
    for y in 0..place.height {
        for x in 0..place.width {
            let symbol = match [2 * y, 2 * y + 1].map(|y| sprites::pixel(piece.role, x, y)) {
                [false, false] => continue,
                [true, false] => "▀",
                [false, true] => "▄",
                [true, true] => "█",
            };
            buffer[(place.x + x, place.y + y)].set_symbol(symbol).set_fg(color);
        }
    }
}
