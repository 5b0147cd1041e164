//! The position at the start of a game.

use std::str::FromStr;

use cozy_chess::{Board, Color, File, Rank, Square};

use super::tags::Tags;

/// The values of the tag `Variant` that mean standard chess.
const STANDARD: [&str; 7] = ["standard", "normal", "chess", "from position", "-", "?", ""];

/// The position at the start of the game with these tags, or the reason why it is not one of standard chess.
pub(super) fn start(tags: &Tags) -> Result<Board, String> {
    let mut variants = tags.all("Variant");
    if let Some(variant) = variants.find(|variant| !STANDARD.contains(&variant.to_lowercase().as_str())) {
        return Err(format!("the variant {variant:?} is not standard chess"));
    }
    match tags.get("FEN") {
        None | Some("" | "?" | "-") => Ok(Board::default()),
        Some(fen) => {
            let board = read(fen).map_err(|why| format!("the position {fen:?} is not valid: {why}"))?;
            if castles_as_in_chess(&board) {
                Ok(board)
            } else {
                Err(format!("the position {fen:?} is of another variant"))
            }
        }
    }
}

/// Reads Forsyth-Edwards notation. The two counters at its end are often omitted or out of range.
fn read(fen: &str) -> Result<Board, String> {
    let given: Vec<_> = fen.split_whitespace().collect();
    if given.is_empty() || given.len() > 6 {
        return Err("it does not have six fields".to_owned());
    }
    // The rules library reads missing ranks as empty ones.
    if given[0].split('/').count() != Rank::NUM {
        return Err("it does not have eight ranks".to_owned());
    }
    let field = |index: usize, default| given.get(index).copied().unwrap_or(default);
    let halfmove_clock = counter(field(4, "0"), 0, 100)?;
    let fullmove_number = counter(field(5, "1"), 1, u16::MAX)?;
    let board = |en_passant| {
        let (pieces, side, castling) = (given[0], field(1, "w"), field(2, "-"));
        Board::from_str(&format!(
            "{pieces} {side} {castling} {en_passant} {halfmove_clock} {fullmove_number}"
        ))
    };
    let en_passant = field(3, "-");
    board(en_passant)
        .or_else(|error| {
            // Some programs name the square behind every double step, even if no pawn can capture there.
            match Square::from_str(en_passant).map(Square::rank) {
                Ok(Rank::Third | Rank::Sixth) => board("-").map_err(|_| error),
                _ => Err(error),
            }
        })
        .map_err(|error| error.to_string())
}

/// Reads a counter, clamped to its range. It does not influence which moves are legal.
fn counter(written: &str, least: u16, most: u16) -> Result<u16, String> {
    let digits = written.trim_start_matches('-');
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("{written:?} is not a number"));
    }
    if digits != written {
        return Ok(least);
    }
    Ok(digits.parse().unwrap_or(most).clamp(least, most))
}

/// Whether kings and rooks that may castle are on their squares of standard chess.
fn castles_as_in_chess(board: &Board) -> bool {
    Color::ALL.into_iter().all(|color| {
        let rights = board.castle_rights(color);
        let any = rights.short.is_some() || rights.long.is_some();
        (!any || board.king(color).file() == File::E)
            && rights.short.is_none_or(|file| file == File::H)
            && rights.long.is_none_or(|file| file == File::A)
    })
}
