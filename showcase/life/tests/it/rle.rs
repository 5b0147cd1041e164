//! The variants of run-length encoding that are read, and the files that are rejected.

use showcase_terminal::testing::TempFile;

use crate::LIFE;

/// Reads a file with this content. Returns its number of cells.
fn cells(name: &str, content: impl AsRef<[u8]>) -> u64 {
    let file = TempFile::new(name, content);
    let census = &LIFE.objects(&["--json", "--generations", "0", file.path()])[0];
    census["population"].as_u64().unwrap()
}

const GLIDER: &str = "bob$2bo$3o!";

#[test]
fn all_common_spellings_of_the_rule_are_read() {
    for rule in [
        "B3/S23",
        "b3/s23",
        "23/3",
        "S23/B3",
        "B3/S32",
        "Life",
        "life",
        "Conway",
        "Conway's Life",
        "  B3/S23  ",
        "",
    ] {
        assert_eq!(
            cells("life.rle", format!("x = 3, y = 3, rule = {rule}\n{GLIDER}")),
            5,
            "{rule}"
        );
        assert_eq!(
            cells("life.rle", format!("#r {rule}\nx = 3, y = 3\n{GLIDER}")),
            5,
            "{rule}"
        );
    }
}

#[test]
fn any_other_rule_is_rejected_with_its_name() {
    for rule in [
        "B36/S23",
        "3/23",
        "23/3/2",
        "HighLife",
        "B3/S23:T100,100",
        "Life:P30,20",
        "LifeHistory",
        "B3/S23H",
    ] {
        for content in [
            format!("x = 3, y = 3, rule = {rule}\n{GLIDER}"),
            format!("#r {rule}\nx = 3, y = 3\n{GLIDER}"),
            format!("#r {rule}\nx = 3, y = 3, rule =\n{GLIDER}"),
        ] {
            let file = TempFile::new("rule.rle", content);
            LIFE.assert_rejects(&["--json", file.path()], &["rule.rle", rule]);
        }
    }
    let file = TempFile::new("rule.rle", format!("#R 36/3\n{GLIDER}"));
    LIFE.assert_rejects(&["--json", file.path()], &["rule.rle", "36/3"]);
}

#[test]
fn the_rule_in_the_header_takes_precedence() {
    assert_eq!(
        cells("header.rle", format!("#r 34/3\nx = 3, y = 3, rule = B3/S23\n{GLIDER}")),
        5
    );
    assert_eq!(
        cells("remark.rle", format!("#remarkable\n#R -10 5\nx = 3, y = 3\n{GLIDER}")),
        5
    );
}

#[test]
fn all_common_layouts_are_read() {
    for content in [
        GLIDER.to_owned(),
        "  #C indented\n  x = 3, y = 3\n\tbob$\n 2 bo$ 3o !".to_owned(),
        "X = 3, Y = 3, RULE = B3/S23\nBOB$2BO$3O!".to_owned(),
        format!("x = 3 , y = 3 , rule = B3/S23\n{GLIDER}"),
        format!("x\t=\t3\t,y\t=3,rule=B3/S23\n{GLIDER}"),
        "x=3,y=3\r\rbob$\r#C within\r2bo$003o!".to_owned(),
        "\u{feff}x = 3, y = 3\r\n.A.$2.A$3A!".to_owned(),
        format!("#CXRLE Pos=-9223372036854775808,0 Gen=99999999999999999999\nx = 3, y = 3\n{GLIDER}"),
        format!("x = 3, y = 3\n{GLIDER}\n\n99999999999999999999o zzz ! x = 1"),
    ] {
        assert_eq!(cells("layout.rle", &content), 5, "{content:?}");
    }
}

#[test]
fn comments_may_be_in_windows_1252() {
    let file = [b"\xef\xbb\xbf#C caf\xe9 \x85\nx = 3, y = 3\n", GLIDER.as_bytes()].concat();
    assert_eq!(cells("windows.rle", file), 5);
}

#[test]
fn an_explicitly_empty_pattern_is_read() {
    for content in [
        "x = 0, y = 0\n!",
        "x = 0, y = 0, rule = B3/S23\n!",
        "x = 3, y = 3\n3b$3b$3b!",
        "3b!",
    ] {
        assert_eq!(cells("empty.rle", content), 0, "{content:?}");
    }
}

#[test]
fn other_formats_are_rejected() {
    for (content, reason) in [
        ("!Name: Glider\n.O.\n..O\nOOO\n", "plain text"),
        ("!", "plain text"),
        (".O.\n..O\nOOO\n", "does not end"),
        ("#Life 1.05\n#P -1 -1\n.*.\n..*\n***\n", "Life 1.05"),
        ("#Life 1.06\n0 -1\n1 0\n-1 1\n", "Life 1.06"),
        ("[M2] (golly 2.0)\n#R B3/S23\n$$..*$\n", "macrocell"),
        ("#C only a comment\n!", "no pattern"),
        ("hello, world!", "line 1: 'h' is not the state of a cell"),
        ("Glider\nx = 3, y = 3\nbob$2bo$3o!", "line 1: 'l' is not"),
        ("x = 3, y = 3\n", "does not end"),
    ] {
        let file = TempFile::new("format.rle", content);
        LIFE.assert_rejects(&["--json", file.path()], &["format.rle", reason]);
    }
    let every_byte: Vec<u8> = (0..=255).collect();
    let file = TempFile::new("bytes.rle", every_byte);
    LIFE.assert_rejects(&["--json", file.path()], &["bytes.rle"]);
}

#[test]
fn a_file_that_could_be_misread_is_rejected() {
    for (content, reason) in [
        ("0o!", "line 1: a run has no length"),
        ("3o4!", "line 1: a run has no cell"),
        ("3o\n\nx = 1, y = 1\n3o!", "line 3: the header is after the first cells"),
        ("x = 1, y = 1\nx = 3, y = 1\n3o!", "line 2: there is a second header"),
        (
            "y = 1, x = 1\n3o!",
            "line 1: the header \"y = 1, x = 1\" does not have the form",
        ),
        ("x = -1, y = 1\n3o!", "header"),
        ("x = 1, y = 1, role = B3/S23\n3o!", "header"),
        ("x = 1, y = 1\n3\u{e9}!", "line 2: '\u{e9}' is not the state of a cell"),
        ("9999999999 9999999999 9999999999b3o!", "too long"),
        ("yX!", "states"),
        ("bAoB!", "state 2"),
    ] {
        let file = TempFile::new("ambiguous.rle", content);
        LIFE.assert_rejects(&["--json", file.path()], &["ambiguous.rle", reason]);
    }
}
