//! The examples, run as a user runs them.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{Mutex, PoisonError},
};

use serde_json::Value;

/// Runs an example with these arguments, built if need be.
pub(crate) fn run(example: &str, arguments: &[&str]) -> Output {
    static BUILT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    // This test is in `<profile>/deps`, and the examples are to be of the same profile.
    let test = std::env::current_exe().unwrap();
    let target = test.parent().and_then(Path::parent).unwrap();
    let release = target.ends_with("release").then_some("--release");
    if !built.contains(example) {
        let build = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--example", example])
            .args(release)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .unwrap();
        assert!(build.success());
        built.insert(example.to_owned());
    }
    drop(built);
    let program = target
        .join("examples")
        .join(example)
        .with_extension(std::env::consts::EXE_EXTENSION);
    Command::new(program).args(arguments).output().unwrap()
}

/// What an example prints as JSON, an object a line.
pub(crate) fn objects(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout.clone()).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A file of the tests' own.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = std::env::temp_dir().join(format!("bevy_post_delete-{}-{name}", std::process::id()));
        fs::write(&path, content).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        _ = fs::remove_file(&self.0);
    }
}

/// Bad input ends with exit code 2, one line that says why, and nothing that looks like a result.
pub(crate) fn assert_refused(example: &str, arguments: &[&str], why: &[&str]) {
    let output = run(example, arguments);
    let reason = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{reason}");
    assert_eq!(reason.lines().count(), 1, "{reason}");
    assert!(output.stdout.is_empty());
    for word in why {
        assert!(reason.contains(word), "{reason:?} does not name {word:?}");
    }
}

#[test]
fn quick_start_runs() {
    assert!(run("quick_start", &[]).status.success());
}

#[test]
fn chess_replays_the_bundled_games() {
    let games = objects(&run("chess", &["--json"]));
    let plies: Vec<_> = games.iter().map(|game| game["plies"].as_u64().unwrap()).collect();
    assert_eq!(plies, [89, 89, 95, 111, 98, 37], "as the file says of itself");
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
fn chess_prints_a_table() {
    let output = run("chess", &[]);
    assert!(output.status.success());
    let table = String::from_utf8(output.stdout).unwrap();
    assert_eq!(table.matches("12 loaded, 12 released").count(), 6);
}

#[test]
fn chess_reads_what_is_found_in_the_wild() {
    let wild = "\u{feff}% an escaped line [ ( {\r\n\
        [Event \"a \"quoted\" event\"]\r\n[White \"W\u{e9}ra\"] [Black \"B\"]\r\n\r\n\
        1. e4 {a comment (with brackets) [1-0]} d5 $1 2.exd5!? (2. Nf3 {nested (here)} dxe4 (2... d4)) Qxd5 ; to the end\r\n\
        3. Nc3 Qxg2?? 4. Bxg2 ... Nf6 5. O-O-O *\r\n";
    let file = Scratch::new("wild.pgn", wild);
    assert_refused("chess", &[file.path()], &["wild.pgn", "game 1", "5. O-O-O"]);

    let wild = wild.replace("5. O-O-O *", "5.Nf3 e6 6.0-0 1/2-1/2") + "[White \"x\"]\n1. d4 d5\n\n[White \"y\"]\n\n*\n";
    let file = Scratch::new("wilder.pgn", wild);
    let games = objects(&run("chess", &["--json", file.path()]));
    assert_eq!(games.len(), 3);
    assert_eq!(games[0]["white"], "W\u{e9}ra");
    assert_eq!(games[0]["plies"], 11);
    assert_eq!(games[0]["lost"]["black"]["queen"], 1);
    assert_eq!(games[0]["lost"]["white"]["pawn"], 2);
    assert_eq!(games[1]["plies"], 2);
    assert_eq!(games[2]["plies"], 0);

    let latin_1 = b"[White \"Bj\xf6rn\"]\n1. e4 *";
    let file = Scratch::new("latin.pgn", latin_1);
    assert_eq!(
        objects(&run("chess", &["--json", file.path()]))[0]["white"],
        "Bj\u{f6}rn"
    );
}

#[test]
fn chess_brings_a_sprite_back_with_a_promotion() {
    let game = "[FEN \"4k3/P6p/8/8/8/8/p6P/4K3 w - - 0 1\"]\n1. a8=Q+ Kd7 2. Qxa2 h5 3. Qd5+ Ke7 4. Qxh5 *";
    let file = Scratch::new("promotion.pgn", game);
    let game = &objects(&run("chess", &["--json", file.path()]))[0];
    assert_eq!(game["promotions"], 1);
    // Two kings and two kinds of pawns, then a white queen.
    assert_eq!(game["sprites"]["loaded"], 5);
    assert_eq!(game["sprites"]["released"], 5);
    assert_eq!(game["lost"]["black"]["pawn"], 2);
    assert_eq!(game["lost"]["white"]["pawn"], 0, "a promotion is no capture");
    assert_eq!(game["alive"], 4);
}

#[test]
fn chess_refuses_what_is_no_game() {
    for (content, why) in [
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
        let file = Scratch::new("bad.pgn", content);
        assert_refused("chess", &["--json", file.path()], &["bad.pgn", why]);
    }
    assert_refused("chess", &["nowhere.pgn"], &["nowhere.pgn"]);
    assert_refused("chess", &["--nonsense"], &["--nonsense"]);
}

#[test]
fn life_comes_to_the_published_ends() {
    let pattern = |name: &str| format!("{}/examples/life/patterns/{name}.rle", env!("CARGO_MANIFEST_DIR"));
    let methuselah = objects(&run(
        "life",
        &["--json", "--generations", "1103", &pattern("r-pentomino")],
    ));
    assert_eq!(methuselah[0]["population"], 116);
    assert_eq!(methuselah[0]["generations"], 1103);
    let hard = objects(&run("life", &["--json", "--generations", "130", &pattern("diehard")]));
    assert_eq!(hard[0]["population"], 0);
    assert_eq!(
        7 + hard[0]["born"].as_u64().unwrap(),
        hard[0]["died"].as_u64().unwrap(),
        "all that lived has died, its first seven cells among them"
    );
    let begun = objects(&run("life", &["--json", "--generations", "0", &pattern("acorn")]));
    assert_eq!(begun[0]["population"], 7);
    assert_eq!(begun[0]["born"], 0);
}

#[test]
fn life_refuses_what_is_no_pattern_of_life() {
    for (content, why) in [
        ("", "does not end"),
        ("x = 3, y = 3\nbob$2bo$3o", "does not end"),
        ("x = 3, y = 3, rule = B36/S23\nbob$2bo$3o!", "B36/S23"),
        ("x = 3, y = 3\nbob$2zo$3o!", "state"),
        ("x = 1, y = 1\n99999\n99999999o!", "too long"),
        ("x = 2, y = 1\nAB!", "state 2"),
    ] {
        let file = Scratch::new("bad.rle", content);
        assert_refused("life", &["--json", file.path()], &["bad.rle", why]);
    }
    assert_refused("life", &["nowhere.rle"], &["nowhere.rle"]);
    assert_refused("life", &["--generations", "many"], &["--generations"]);
}
