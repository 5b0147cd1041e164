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
        "x=3,y=3\r\rbob$\r#C within\r2bo$003o!".to_owned(),
        "\u{feff}x = 3, y = 3\r\n.A.$2.A$3A!".to_owned(),
        format!("#CXRLE Pos=-9223372036854775808,0 Gen=99999999999999999999\nx = 3, y = 3\n{GLIDER}"),
        format!("x = 3, y = 3\n{GLIDER}\n\n99999999999999999999o zzz ! x = 1"),
    ] {
        assert_eq!(cells("layout.rle", &content), 5, "{content:?}");
    }
}

#[test]
fn comments_may_be_in_latin_1() {
    let file = [b"\xef\xbb\xbf#C caf\xe9 \x85\nx = 3, y = 3\n", GLIDER.as_bytes()].concat();
    assert_eq!(cells("latin.rle", file), 5);
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
    for content in [
        "!Name: Glider\n.O.\n..O\nOOO\n",
        "!",
        ".O.\n..O\nOOO\n",
        "#Life 1.05\n#P -1 -1\n.*.\n..*\n***\n",
        "#Life 1.06\n0 -1\n1 0\n-1 1\n",
        "[M2] (golly 2.0)\n#R B3/S23\n$$..*$\n",
        "hello, world!",
        "x = 3, y = 3\n",
    ] {
        let file = TempFile::new("format.rle", content);
        LIFE.assert_rejects(&["--json", file.path()], &["format.rle"]);
    }
    let every_byte: Vec<u8> = (0..=255).collect();
    let file = TempFile::new("bytes.rle", every_byte);
    LIFE.assert_rejects(&["--json", file.path()], &["bytes.rle"]);
}

#[test]
fn a_file_that_could_be_misread_is_rejected() {
    for (content, reason) in [
        ("0o!", "no length"),
        ("3o4!", "no cell"),
        ("3o\nx = 1, y = 1\n3o!", "header"),
        ("x = 1, y = 1\nx = 3, y = 1\n3o!", "header"),
        ("9999999999 9999999999 9999999999b3o!", "too long"),
        ("yX!", "states"),
        ("bAoB!", "state 2"),
    ] {
        let file = TempFile::new("ambiguous.rle", content);
        LIFE.assert_rejects(&["--json", file.path()], &["ambiguous.rle", reason]);
    }
}
