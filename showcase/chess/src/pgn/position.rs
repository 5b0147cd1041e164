//! The starting position of a game.

use std::str::FromStr;

use cozy_chess::{Board, Color, File, Rank, Square};
use showcase_terminal::shortened;

use super::tags::Tags;

/// The values of the tag `Variant` that mean standard chess.
const STANDARD: [&str; 7] = ["standard", "normal", "chess", "from position", "-", "?", ""];

/// Returns the starting position of the game with these tags. Fails if it is not one of standard chess.
pub(super) fn start(tags: &Tags) -> Result<Board, String> {
    let mut variants = tags.all("Variant");
    if let Some(variant) = variants.find(|variant| !STANDARD.contains(&variant.to_lowercase().as_str())) {
        return Err(format!(
            "the variant {:?} is not standard chess",
            shortened(variant, 40)
        ));
    }
    match tags.get("FEN") {
        None | Some("" | "?" | "-") => Ok(Board::default()),
        Some(fen) => {
            let quoted = shortened(fen, 100);
            let board = read(fen).map_err(|reason| format!("the position {quoted:?} is not valid: {reason}"))?;
            if has_standard_castling(&board) {
                Ok(board)
            } else {
                Err(format!("the position {quoted:?} is not one of standard chess"))
            }
        }
    }
}

/// Reads a position in Forsyth-Edwards Notation. The two counters at the end are often omitted or out of range.
fn read(fen: &str) -> Result<Board, String> {
    let fields: Vec<_> = fen.split_whitespace().collect();
    if fields.is_empty() || fields.len() > 6 {
        return Err("it does not have one to six fields".to_owned());
    }
    // The rules library reads missing ranks as empty ones.
    if fields[0].split('/').count() != Rank::NUM {
        return Err("it does not have eight ranks".to_owned());
    }
    let field = |index: usize, default| fields.get(index).copied().unwrap_or(default);
    let halfmove_clock = counter(field(4, "0"), 0, 100)?;
    let fullmove_number = counter(field(5, "1"), 1, u16::MAX)?;
    let board = |en_passant| {
        let (pieces, side, castling) = (fields[0], field(1, "w"), field(2, "-"));
        Board::from_str(&format!(
            "{pieces} {side} {castling} {en_passant} {halfmove_clock} {fullmove_number}"
        ))
    };
    let en_passant = field(3, "-");
    board(en_passant)
        .or_else(|error| {
            // Some programs write an en passant square after every double step, even if no pawn can capture there.
            match Square::from_str(en_passant).map(Square::rank) {
                Ok(Rank::Third | Rank::Sixth) => board("-").map_err(|_| error),
                _ => Err(error),
            }
        })
        .map_err(|error| error.to_string())
}

/// Reads a counter and clamps it to its range. The counters do not affect which moves are legal.
fn counter(written: &str, min: u16, max: u16) -> Result<u16, String> {
    let digits = written.trim_start_matches('-');
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("{:?} is not a number", shortened(written, 40)));
    }
    if digits != written {
        return Ok(min);
    }
    Ok(digits.parse().unwrap_or(max).clamp(min, max))
}

/// Returns whether all kings and rooks with castling rights are on their squares of standard chess.
fn has_standard_castling(board: &Board) -> bool {
    Color::ALL.into_iter().all(|color| {
        let rights = board.castle_rights(color);
        let any = rights.short.is_some() || rights.long.is_some();
        (!any || board.king(color).file() == File::E)
            && rights.short.is_none_or(|file| file == File::H)
            && rights.long.is_none_or(|file| file == File::A)
    })
}
