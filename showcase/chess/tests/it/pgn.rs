//! The variants of Portable Game Notation that are read, and the files that are rejected.

use serde_json::Value;
use showcase_terminal::testing::TempFile;

use crate::CHESS;

/// Replays a file with this content. Returns its games.
fn games(name: &str, content: impl AsRef<[u8]>) -> Vec<Value> {
    let file = TempFile::new(name, content);
    CHESS.objects(&["--json", file.path()])
}

/// Replays a file with this content. Returns the number of plies of each game.
fn plies(name: &str, content: impl AsRef<[u8]>) -> Vec<u64> {
    let games = games(name, content);
    games.iter().map(|game| game["plies"].as_u64().unwrap()).collect()
}

/// Asserts that each game is read with this number of plies. All games are in one file.
fn assert_plies(name: &str, expected: &[(&str, u64)]) {
    let file: String = expected
        .iter()
        .map(|(game, _)| format!("[Event \"\"]\n{game}\n\n"))
        .collect();
    let plies = plies(name, file);
    assert_eq!(plies.len(), expected.len());
    for ((game, expected), plies) in expected.iter().zip(plies) {
        assert_eq!(plies, *expected, "{game}");
    }
}

/// Asserts that a file with each game as its second one is rejected with a message that names this ply.
fn assert_move_rejected(name: &str, expected: &[(&str, &str)]) {
    for (game, ply) in expected {
        let file = TempFile::new(name, format!("[Event \"\"]\n\n1. e4 *\n\n[Event \"\"]\n{game}\n"));
        CHESS.assert_rejects(&["--json", file.path()], &[name, "game 2", ply]);
    }
}

/// A position in which White can promote a pawn.
const PROMOTION: &str = "[FEN \"8/P6k/8/8/8/8/7K/8 w - - 0 1\"]\n\n";

/// A position in which both sides can castle on both sides.
const CASTLING: &str = "[FEN \"r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1\"]\n\n";

#[test]
fn all_common_spellings_of_moves_are_read() {
    assert_plies(
        "spellings.pgn",
        &[
            ("1. Ng1f3 Nb8-c6 2. e2-e4 e7e5 3. N1c3 ♞f6 4. f1b5 a6*", 8),
            ("1. nf3 nc6 2. Pe4 d5 3. e4:d5 Qxd5 4. c4 Q:c4 5. b3 Qc4–b3", 10),
            ("1. e4 d5 2. ed Nf6 3. d4 Nd5: 4. c4 Nb6", 8),
            ("1. e4 a6 2. e5 d5 3. exd6 e.p. exd6", 6),
            ("1. e4 a6 2. e5 d5 3. exd6e.p. exd6", 6),
            ("1. e4 a6 2. e5 d5 3. exd6 ep exd6", 6),
            ("1. e4 a6 2. e5 d5 3. exd6ep! exd6", 6),
            ("1. e4 e5 2. Nf3 Nc6 3. Bc4 Bc5 4. o-o Nf6 5. d3 O–O", 10),
            ("1. d4 d5 2. Nc3 Nc6 3. Bf4 Bf5 4. Qd2 Qd7 5. 0-0-0! O‑O‑O", 10),
        ],
    );
}

#[test]
fn annotations_are_not_moves() {
    assert_plies(
        "annotations.pgn",
        &[
            ("1. e4 ± e5 ∓ 2. Nf3 = Nc6 +/- 3. Bb5 -+ a6 ⩲ N D TN *", 6),
            ("1. e4± e5⩲ 2. Nf3□ Nc6= 3. Bb5+- a6 $146 4. Ba4N ?! Nf6?!$2 *", 8),
            ("1. f3 e5… 2. g4 Qh4‡ 0-1", 4),
            ("1. e4 f6 2. Qh5† g6", 4),
            ("1. e4 1… e5 2.… *", 2),
            ("1. e4 (1. d4 -- {)} ; )\n 2. c4) e5 (1... null)", 2),
            ("1. e4 {commented out:\n[Event \"x\"]\n1. d4} e5", 2),
            (
                "1. e4 {\n[%clk 0:01:00]\n[%cal \"{\"]} e5 ({\n[%clk 1]} 1... d5\n[ d6)",
                2,
            ),
        ],
    );
}

#[test]
fn all_common_spellings_of_promotions_are_read() {
    let spellings = [
        "a8=Q", "a8Q", "a8(Q)", "a8=(Q)", "a8 =Q", "a8 = Q", "a8/Q", "a8=q", "a8q", "a7a8q", "a7-a8=Q!", "a8(Q)!?",
    ];
    let file: String = spellings
        .iter()
        .map(|spelling| format!("{PROMOTION}1. {spelling} *\n\n"))
        .collect();
    let games = games("promotions.pgn", file);
    assert_eq!(games.len(), spellings.len());
    for (game, spelling) in games.iter().zip(spellings) {
        assert_eq!(
            (&game["plies"], &game["promotions"]),
            (&1.into(), &1.into()),
            "{spelling}"
        );
    }
    for rejected in ["a8", "a8=", "a8=K", "a8=Q=R"] {
        assert_move_rejected(
            "promotion.pgn",
            &[(&format!("{PROMOTION}1. {rejected} *"), &format!("1. {rejected}"))],
        );
    }
}

#[test]
fn a_null_move_is_rejected() {
    for null in ["--", "0000", "@@@@", "<>", "Z0", "null", "pass", "—", "--!?"] {
        assert_move_rejected("null.pgn", &[(&format!("1. e4 {null} *"), "1... ")]);
        assert_move_rejected("null.pgn", &[(&format!("1. e4 {null} 2. d4 *"), "1... ")]);
    }
}

#[test]
fn castling_is_read_only_in_castling_notation() {
    for rejected in ["Kh1", "Kxh1", "Ke1h1", "Ke1xh1", "e1h1", "Kg1", "e1g1", "Kxa1", "OO"] {
        assert_move_rejected(
            "castling.pgn",
            &[(&format!("{CASTLING}1. {rejected} *"), &format!("1. {rejected}"))],
        );
    }
    assert_plies("castles.pgn", &[(&format!("{CASTLING}1. O-O-O o-o"), 2)]);
}

#[test]
fn an_ambiguous_or_illegal_move_is_rejected() {
    assert_move_rejected(
        "illegal.pgn",
        &[
            ("1. b4 a6 2. bb5 *", "2. bb5"),
            ("1. N f3 *", "1. N"),
            ("1. Nf3 Nf6 2. Nxe5 *", "2. Nxe5"),
            ("1. e4 d5 2. d5 *", "2. d5"),
            ("1. Nf3 d5 2. d3 e5 3. Nd2 *", "3. Nd2"),
            ("1. Sf3 *", "1. Sf3"),
            ("1. e4e5 *", "1. e4e5"),
        ],
    );
}

#[test]
fn a_game_may_consist_of_tags_alone() {
    let tags = |name: &str| format!("[Event \"\"]\n[White \"{name}\"]\n[Black \"B\"]\n[Result \"*\"]\n\n");
    let file = tags("a") + &tags("b") + &tags("c") + "1. e4 *\n\n" + &tags("d");
    let games = games("tags.pgn", file);
    let names: Vec<_> = games.iter().map(|game| game["white"].as_str().unwrap()).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
    assert_eq!(games[2]["plies"], 1);
}

#[test]
fn tags_belong_to_the_game_after_them() {
    // Without an `Event` tag, only the second `White` tag shows that the position belongs to the second game.
    let file = "[White \"a\"]\n\n[FEN \"4k3/8/8/8/8/8/8/4K2R w K -\"]\n[White \"b\"]\n\n1. O-O *";
    assert_eq!(plies("sections.pgn", file), [0, 1]);
    let file = "[White \"a\"]\n\n[Black \"b\"]\n\n1. e4 *";
    assert_eq!(plies("blank.pgn", file), [1]);
    let file = "[Event \"a\"]\n\n[Event \"b\"]\n[Variant \"Horde\"]\n";
    let file = TempFile::new("horde.pgn", file);
    CHESS.assert_rejects(&[file.path()], &["horde.pgn", "game 2", "Horde"]);
}

#[test]
fn a_result_ends_exactly_one_game() {
    for result in [
        "1-0 1-0",
        "1/2 - 1/2",
        "1/2",
        "½-½",
        "1–0",
        "0 - 1",
        "* *",
        "(1-0)",
        "1-0*",
    ] {
        let file = format!("1. e4 e5 {result}\n\n[White \"x\"]\n1. d4 {result}");
        assert_eq!(plies("results.pgn", file), [2, 1], "{result}");
    }
    assert_eq!(plies("numbers.pgn", "1. e4 e5 2. Nf3\n\n1. d4 d5\n"), [3, 2]);
}

#[test]
fn tags_may_have_any_name_and_any_value() {
    let file = "[White-Elo \"1\"] [White:Title \"GM\"]\n[Site.Url \"C:\\\"]\n[White \"a \\\"] b [ \\\\\"]\n\n1. e4 *";
    assert_eq!(games("names.pgn", file)[0]["white"], "a \"] b [ \\");
}

#[test]
fn lines_may_end_with_a_carriage_return_only() {
    let file = "[White \"W\"]\r% escaped {\r\r1. e4 ; to the end (\re5\r2. Nf3 *\r";
    assert_eq!(plies("carriage.pgn", file), [3]);
}

#[test]
fn a_file_may_have_two_encodings() {
    let utf_8 = "\u{feff}[White \"J\u{fc}rgen\"]\n\n*\n\n\u{feff}";
    let file = [utf_8.as_bytes(), b"[White \"J\xfcrgen\"]\n\n*\n"].concat();
    let games_in_both = games("encodings.pgn", file);
    assert_eq!(games_in_both.len(), 2);
    for game in games_in_both {
        assert_eq!(game["white"], "J\u{fc}rgen");
    }
    let windows_1252 = b"[White \"\x8akoda\"]\n\n*\n";
    assert_eq!(games("windows.pgn", windows_1252)[0]["white"], "Škoda");
}

#[test]
fn a_file_may_be_in_utf_16() {
    let text = "\u{feff}[White \"Škoda\"]\r\n\r\n1. e4 *\r\n";
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let file: Vec<u8> = text.encode_utf16().flat_map(bytes).collect();
        let games = games("utf16.pgn", file);
        assert_eq!((&games[0]["white"], &games[0]["plies"]), (&"Škoda".into(), &1.into()));
    }
}

#[test]
fn the_counters_of_a_position_may_be_missing_or_out_of_range() {
    for counters in [
        "150 200",
        "300 1",
        "0 0",
        "0 70000",
        "-1 1",
        "- -",
        "99999999999999999999 1",
        "0",
        "",
    ] {
        let file = format!("[FEN \"4k3/8/8/8/8/8/8/4K2R w K - {counters}\"]\n\n1. O-O Kd7 *");
        assert_eq!(plies("counters.pgn", file), [2], "{counters}");
    }
}

#[test]
fn an_invalid_position_is_rejected() {
    for position in [
        "8/8/8/8/8/8/8/8 w - - 0 1",
        "4k3/8/8/8/8/8/4K3 w - - 0 1",
        "4k3/8/8/8/8/8/8/4K3 w - zz 0 1",
        "4k3/8/8/8/8/8/8/4K3 w - - none 1",
        "bqnbnrkr/pppppppp/8/8/8/8/PPPPPPPP/BQNBNRKR w KQkq - 0 1",
        "bqnbnrkr/pppppppp/8/8/8/8/PPPPPPPP/BQNBNRKR w HFhf - 0 1",
    ] {
        let file = TempFile::new("position.pgn", format!("[FEN \"{position}\"]\n\n*"));
        CHESS.assert_rejects(&[file.path()], &["position.pgn", "game 1", position]);
    }
}

/// The next closing brace or parenthesis belongs to the next game.
#[test]
fn an_unclosed_comment_or_variation_does_not_include_the_next_game() {
    for (game, reason) in [("1. e4\n{ open", "comment"), ("1. e4\n(1. d4", "variation")] {
        for tag in [
            "[Event \"b\"]",
            "[Site \"b\"]",
            "[  White  \"b\" ]",
            "  [White-Elo\t\"1\"]",
        ] {
            let file = TempFile::new("open.pgn", format!("{game}\n\n{tag}\n\n1. e4 e5 {{ x }} 2. Nf3 ) *"));
            CHESS.assert_rejects(&[file.path()], &["open.pgn: line 2, game 1: ", reason]);
        }
    }
}

#[test]
fn a_rejection_names_the_line() {
    let first = "[Event \"a\"]\r\n\r\n1. e4 {two\r\nlines} *\r\n\r\n";
    for (game, message) in [
        ("1. e4 e5\r\n2. Ke3 *", "line 7, game 2: 2. Ke3: not legal"),
        (
            "\r[Event \"b\"]\r[Variant \"Horde\"]\r\r1. e4 *",
            "line 7, game 2: the variant",
        ),
        ("[Event \"b\"]\r\n1. d4\r\n\r\n[Event \"c]", "line 9, game 3: a tag"),
    ] {
        let file = TempFile::new("line.pgn", format!("{first}{game}"));
        CHESS.assert_rejects(&[file.path()], &[message]);
    }
}

/// Reading takes quadratic time if the code looks at the same white space again and again.
#[test]
fn long_white_space_is_read() {
    let space = " \n".repeat(1_000_000);
    let file = format!("{space}1. e4 {{{space}}} ({space}) e5 Nf3 Nf6 *");
    assert_eq!(plies("space.pgn", file), [4]);
}

#[test]
fn a_quotation_in_a_message_is_short_and_has_no_control_characters() {
    let long = "x\x1b[31m".repeat(1000);
    for tag in ["Variant", "FEN"] {
        let file = TempFile::new("long.pgn", format!("[{tag} \"{long}\"]\n\n*\n"));
        let output = CHESS.run(&[file.path()]);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.len() < 600 && !message.contains('\x1b'), "{message}");
    }
}

#[test]
fn a_binary_file_is_rejected_with_one_line() {
    let every_byte: Vec<u8> = (0..=255).collect();
    for content in [every_byte, vec![b'x'; 100_000], b"1. e4\x1c\x85\x1e *".to_vec()] {
        let file = TempFile::new("binary.pgn", content);
        CHESS.assert_rejects(&[file.path()], &["binary.pgn", "game 1", "1. "]);
    }
}
