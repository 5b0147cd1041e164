//! Replays of valid games, and the rejection of invalid ones.

use showcase_terminal::testing::TempFile;

use crate::CHESS;

#[test]
fn the_bundled_games_are_replayed() {
    let games = CHESS.objects(&["--json"]);
    let plies: Vec<_> = games.iter().map(|game| game["plies"].as_u64().unwrap()).collect();
    assert_eq!(
        plies,
        [89, 89, 95, 111, 98, 37],
        "the number of plies in the tags of the file"
    );
    let alive: Vec<_> = games.iter().map(|game| game["alive"].as_u64().unwrap()).collect();
    assert_eq!(alive, [15, 20, 16, 8, 11, 23]);
    for game in &games {
        let lost = ["white", "black"].map(|color| {
            let lost = game["lost"][color].as_object().unwrap();
            assert_eq!(lost.len(), 5);
            lost.values().map(|count| count.as_u64().unwrap()).sum::<u64>()
        });
        assert_eq!(32 - lost[0] - lost[1], game["alive"].as_u64().unwrap());
        assert_eq!(game["sprites"]["loaded"], game["sprites"]["released"]);
    }
    assert_eq!(games[0]["white"], "Garry Kasparov");
    assert_eq!(games[5]["lost"]["black"]["queen"], 1);
}

#[test]
fn a_table_is_printed_by_default() {
    let table = CHESS.text(&[]);
    assert_eq!(table.matches("12 loaded, 12 released").count(), 6);
}

#[test]
fn a_table_has_no_control_characters() {
    let name = "\x1b[31m".to_owned() + &"long ".repeat(10);
    let file = TempFile::new("names.pgn", format!("[White \"{name}\"]\n[Black \"B\"]\n\n*\n"));
    let table = CHESS.text(&[file.path()]);
    assert!(table.contains("  \u{fffd}[31mlong long long lon… B  "), "{table}");
    assert_eq!(CHESS.objects(&["--json", file.path()])[0]["white"], name.trim());
}

#[test]
fn the_log_is_printed_as_text_and_as_json() {
    let file = TempFile::new("log.pgn", "1. e4 d5 2. exd5 Qxd5 *");
    let log = &CHESS.objects(&["--json", "--log", file.path()])[0]["log"];
    let log: Vec<_> = log
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect();
    assert_eq!(log[0], "2. exd5: black pawn on d5 captured");
    assert_eq!(log.len(), 3, "two captures, and the end of the game");
    let table = CHESS.text(&["--log", file.path()]);
    for line in log {
        assert!(table.contains(&format!("\n      {line}\n")), "{table}");
    }
}

#[test]
fn files_with_common_irregularities_are_read() {
    let irregular = "\u{feff}% an escaped line [ ( {\r\n\
        [Event \"a \"quoted\" event\"]\r\n[White \"W\u{e9}ra\"] [Black \"B\"]\r\n\r\n\
        1. e4 {a comment (with brackets) [1-0]} d5 $1 2.exd5!? (2. Nf3 {nested (here)} dxe4 (2... d4)) Qxd5 ; to the end\r\n\
        3. Nc3 Qxg2?? 4. Bxg2 ... Nf6 5. O-O-O *\r\n";
    let file = TempFile::new("irregular.pgn", irregular);
    CHESS.assert_rejects(&[file.path()], &["irregular.pgn", "game 1", "5. O-O-O"]);

    let irregular =
        irregular.replace("5. O-O-O *", "5.Nf3 e6 6.0-0 1/2-1/2") + "[White \"x\"]\n1. d4 d5\n\n[White \"y\"]\n\n*\n";
    let file = TempFile::new("irregular.pgn", irregular);
    let games = CHESS.objects(&["--json", file.path()]);
    assert_eq!(games.len(), 3);
    assert_eq!(games[0]["white"], "W\u{e9}ra");
    assert_eq!(games[0]["plies"], 11);
    assert_eq!(games[0]["lost"]["black"]["queen"], 1);
    assert_eq!(games[0]["lost"]["white"]["pawn"], 2);
    assert_eq!(games[1]["plies"], 2);
    assert_eq!(games[2]["plies"], 0);

    let latin_1 = b"[White \"Bj\xf6rn\"]\n1. e4 *";
    let file = TempFile::new("latin.pgn", latin_1);
    assert_eq!(CHESS.objects(&["--json", file.path()])[0]["white"], "Bj\u{f6}rn");
}

#[test]
fn a_promotion_loads_a_sprite_again() {
    let game = "[FEN \"4k3/P6p/8/8/8/8/p6P/4K3 w - - 0 1\"]\n1. a8=Q+ Kd7 2. Qxa2 h5 3. Qd5+ Ke7 4. Qxh5 *";
    let file = TempFile::new("promotion.pgn", game);
    let game = &CHESS.objects(&["--json", file.path()])[0];
    assert_eq!(game["promotions"], 1);
    // Two kings and two kinds of pawns, then a white queen.
    assert_eq!(game["sprites"]["loaded"], 5);
    assert_eq!(game["sprites"]["released"], 5);
    assert_eq!(game["lost"]["black"]["pawn"], 2);
    assert_eq!(game["lost"]["white"]["pawn"], 0, "a promotion is not a capture");
    assert_eq!(game["alive"], 4);
}

#[test]
fn invalid_games_are_rejected() {
    for (content, reason) in [
        ("", "no game"),
        ("1. e4 e5 2. Ke3 *", "2. Ke3"),
        ("1. e4 e5 *\n\n1. d4 nonsense *", "game 2"),
        ("[Variant \"Atomic\"]\n\n1. e4 *", "Atomic"),
        ("[FEN \"8/8/8/8/8/8/8/8 w - - 0 1\"]\n\n*", "position"),
        ("1. e4 {no end", "comment"),
        ("1. e4 (1. d4", "variation"),
        ("1. e4 -- *", "--"),
        ("[White \"x]\n", "tag"),
    ] {
        let file = TempFile::new("bad.pgn", content);
        CHESS.assert_rejects(&["--json", file.path()], &["bad.pgn", reason]);
    }
    CHESS.assert_rejects(&["missing.pgn"], &["missing.pgn"]);
    CHESS.assert_rejects(&["--nonsense"], &["--nonsense", "usage"]);
}

#[test]
fn help_is_printed() {
    for option in ["-h", "--help"] {
        assert!(CHESS.text(&[option]).starts_with("usage: chess "));
    }
}

#[test]
fn an_argument_after_two_dashes_is_a_file() {
    CHESS.assert_rejects(&["--", "--missing"], &["--missing: "]);
}

#[cfg(unix)]
#[test]
fn a_file_name_may_be_other_than_utf_8() {
    CHESS.assert_rejects_a_name_that_is_not_utf_8();
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    CHESS.assert_ends_silently_without_reader(&[]);
}
