//! Formats the statistics of the games as a table and as JSON.

use std::fmt::Write;

use cozy_chess::{Color, Piece};
use serde_json::{Map, Value, json};
use showcase_terminal::shortened;

use crate::receivers::Statistics;

/// The pieces that can be captured.
const ROLES: [(Piece, &str, char); 5] = [
    (Piece::Pawn, "pawn", 'P'),
    (Piece::Knight, "knight", 'N'),
    (Piece::Bishop, "bishop", 'B'),
    (Piece::Rook, "rook", 'R'),
    (Piece::Queen, "queen", 'Q'),
];

/// Formats one JSON object per line and game, with the log of each game if `with_log` is set.
pub(crate) fn json(games: &[Statistics], with_log: bool) -> String {
    let lost = |game: &Statistics, color| {
        let counts = ROLES.map(|(role, name, _)| (name.to_owned(), Value::from(game.captured(color, role))));
        Value::Object(Map::from_iter(counts))
    };
    let mut lines = String::new();
    for game in games {
        let mut object = json!({
            "white": game.white,
            "black": game.black,
            "plies": game.plies,
            "lost": { "white": lost(game, Color::White), "black": lost(game, Color::Black) },
            "promotions": game.promotions,
            "alive": game.alive,
            "sprites": { "loaded": game.sprites.loaded, "released": game.sprites.released },
        });
        if with_log {
            object["log"] = game.log.as_slice().into();
        }
        _ = writeln!(lines, "{object}");
    }
    lines
}

/// Formats a table, with the log of each game if `with_log` is set.
pub(crate) fn text(games: &[Statistics], with_log: bool) -> String {
    let mut table = String::new();
    let heads = ROLES.map(|(_, _, letter)| letter.to_string()).join("  ");
    _ = writeln!(
        table,
        "{:>4}  {:<24} {:<24} {:>5}  lost by White   lost by Black   {:>5} {:>5}  sprites",
        "game", "White", "Black", "plies", "prom.", "alive"
    );
    _ = writeln!(table, "{:62}  {heads}   {heads}", "");
    for (index, game) in games.iter().enumerate() {
        let lost = |color| {
            let counts = ROLES.map(|(role, ..)| format!("{:<2}", game.captured(color, role)));
            counts.join(" ")
        };
        _ = writeln!(
            table,
            "{:>4}  {:<24} {:<24} {:>5}  {}  {}  {:>5} {:>5}  {} loaded, {} released",
            index + 1,
            shortened(&game.white, 24),
            shortened(&game.black, 24),
            game.plies,
            lost(Color::White),
            lost(Color::Black),
            game.promotions,
            game.alive,
            game.sprites.loaded,
            game.sprites.released,
        );
        if with_log {
            for line in &game.log {
                _ = writeln!(table, "      {line}");
            }
        }
    }
    let count = games.len();
    let noun = if count == 1 { "game" } else { "games" };
    _ = writeln!(
        table,
        "\n{count} {noun} replayed. After every ply, the entities matched the board. No entity was left at the end."
    );
    table
}
