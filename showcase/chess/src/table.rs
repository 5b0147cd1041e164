//! The statistics of the games, as a table and as JSON.

use std::fmt::Write;

use cozy_chess::{Color, Piece};
use serde_json::{Map, Value, json};

use crate::books::Book;

/// The pieces that can be captured.
const ROLES: [(Piece, &str, char); 5] = [
    (Piece::Pawn, "pawn", 'P'),
    (Piece::Knight, "knight", 'N'),
    (Piece::Bishop, "bishop", 'B'),
    (Piece::Rook, "rook", 'R'),
    (Piece::Queen, "queen", 'Q'),
];

/// One JSON object per game, one per line.
pub(crate) fn json(books: &[Book]) -> String {
    let lost = |book: &Book, color| {
        let counts = ROLES.map(|(role, name, _)| (name.to_owned(), Value::from(book.captured(color, role))));
        Value::Object(Map::from_iter(counts))
    };
    let mut lines = String::new();
    for book in books {
        let game = json!({
            "white": book.white,
            "black": book.black,
            "plies": book.plies,
            "lost": { "white": lost(book, Color::White), "black": lost(book, Color::Black) },
            "promotions": book.promotions,
            "alive": book.alive,
            "sprites": { "loaded": book.sprites.loaded, "released": book.sprites.released },
        });
        _ = writeln!(lines, "{game}");
    }
    lines
}

/// A readable table, with the logs if `with_log` is set.
pub(crate) fn readable(books: &[Book], with_log: bool) -> String {
    let mut table = String::new();
    let heads = ROLES.map(|(_, _, letter)| letter.to_string()).join("  ");
    _ = writeln!(
        table,
        "{:>4}  {:<24} {:<24} {:>5}  lost by White   lost by Black   {:>5} {:>5}  sprites",
        "game", "White", "Black", "plies", "prom.", "alive"
    );
    _ = writeln!(table, "{:62}  {heads}   {heads}", "");
    for (index, book) in books.iter().enumerate() {
        let lost = |color| {
            let counts = ROLES.map(|(role, ..)| format!("{:<2}", book.captured(color, role)));
            counts.join(" ")
        };
        _ = writeln!(
            table,
            "{:>4}  {:<24} {:<24} {:>5}  {}  {}  {:>5} {:>5}  {} loaded, {} released",
            index + 1,
            shortened(&book.white),
            shortened(&book.black),
            book.plies,
            lost(Color::White),
            lost(Color::Black),
            book.promotions,
            book.alive,
            book.sprites.loaded,
            book.sprites.released,
        );
        if with_log {
            for line in &book.log {
                _ = writeln!(table, "      {line}");
            }
        }
    }
    let count = books.len();
    let games = if count == 1 { "game" } else { "games" };
    _ = writeln!(
        table,
        "\n{count} {games} replayed. After every ply the entities agreed with the board, and none was left at the end."
    );
    table
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= 24 {
        return name.to_owned();
    }
    name.chars().take(23).chain(['…']).collect()
}
