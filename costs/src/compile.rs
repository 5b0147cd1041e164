//! Measures how long the compiler takes for one more tracked type.
//!
//! It writes a package with three programs that use the same types. The first only declares them, the second adds an
//! observer and a message for each by hand, and the third adds `PostDeletePlugin`. Cargo builds them in turns.

use std::{
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

const TYPES: usize = 60;
const ROUNDS: usize = 7;
const MUST: f64 = 1.3;
const AIM: f64 = 1.0;

/// A program with the same code for each type. `$` stands for the number of the type.
struct Program {
    name: &'static str,
    items: &'static str,
    statement: &'static str,
}

const PROGRAMS: [Program; 3] = [
    Program {
        name: "untracked",
        items: "#[derive(Component, Clone)] pub struct Type$(pub [u32; 4]);",
        statement: "",
    },
    Program {
        name: "by_hand",
        items: "#[derive(Component, Clone)] pub struct Type$(pub [u32; 4]);
#[derive(Message)] pub struct Type$Died { pub entity: Entity, pub value: Type$ }
fn observe$(on: On<Despawn<Type$>>, values: Query<&Type$>, mut died: MessageWriter<Type$Died>) {
    if let Ok(value) = values.get(on.entity) {
        died.write(Type$Died { entity: on.entity, value: value.clone() });
    }
}",
        statement: "app.add_message::<Type$Died>().add_observer(observe$);",
    },
    Program {
        name: "tracked",
        items: "#[derive(Component, Clone)] pub struct Type$(pub [u32; 4]);",
        statement: "app.add_plugins(PostDeletePlugin::<Type$>::default());",
    },
];

/// Prints the ratio, and fails if it is above its limit.
pub(crate) fn run() -> ExitCode {
    match measure() {
        Ok(ratio) => {
            println!("compile: one more tracked type : an observer and a message by hand   {ratio:.2}");
            println!("         must {MUST:.2}, aim {AIM:.2}; debug build, {TYPES} types, medians of {ROUNDS} rounds");
            match ratio <= MUST {
                true => ExitCode::SUCCESS,
                false => ExitCode::FAILURE,
            }
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> io::Result<f64> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let package = root.join("target/compile-cost");
    write_package(&root, &package)?;
    let mut times: [Vec<Duration>; PROGRAMS.len()] = Default::default();
    for round in 0..=ROUNDS {
        for (program, times) in PROGRAMS.iter().zip(&mut times) {
            let time = build(&package, program)?;
            // The first round also builds the dependencies.
            if round > 0 {
                times.push(time);
            }
        }
    }
    let [untracked, by_hand, tracked] = times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64()
    });
    let milliseconds = |time: f64| (time - untracked) * 1000.0 / TYPES as f64;
    println!(
        "one type: by hand {:.1} ms, tracked {:.1} ms",
        milliseconds(by_hand),
        milliseconds(tracked)
    );
    Ok((tracked - untracked) / (by_hand - untracked))
}

fn write_package(root: &Path, package: &Path) -> io::Result<()> {
    fs::create_dir_all(package.join("src/bin"))?;
    fs::copy(root.join("Cargo.lock"), package.join("Cargo.lock"))?;
    let manifest = format!(
        "[package]\nname = \"compile_cost\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         bevy_app = {{ version = \"0.20.1\", default-features = false, features = [\"std\"] }}\n\
         bevy_ecs = {{ version = \"0.20.1\", default-features = false, features = [\"std\"] }}\n\
         bevy_post_delete = {{ path = '{}' }}\n\n[workspace]\n",
        root.display()
    );
    fs::write(package.join("Cargo.toml"), manifest)
}

/// Rewrites the program, so that Cargo compiles it, and returns how long that takes.
fn build(package: &Path, program: &Program) -> io::Result<Duration> {
    let mut source = "#![allow(unused)]\nuse bevy_app::prelude::*;\nuse bevy_ecs::{lifecycle::Despawn, prelude::*};\n\
        use bevy_post_delete::prelude::*;\n"
        .to_owned();
    let mut statements = String::new();
    for number in (0..TYPES).map(|number| number.to_string()) {
        _ = writeln!(source, "{}", program.items.replace('$', &number));
        _ = writeln!(statements, "    {}", program.statement.replace('$', &number));
    }
    _ = writeln!(
        source,
        "fn main() {{\n    let mut app = App::new();\n{statements}    app.update();\n}}"
    );
    fs::write(source_path(package, program), source)?;
    let start = Instant::now();
    let status = Command::new("cargo")
        .args(["build", "--quiet", "--bin", program.name])
        .current_dir(package)
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("CARGO_TARGET_DIR")
        .status()?;
    match status.success() {
        true => Ok(start.elapsed()),
        false => Err(io::Error::other(format!("{} does not compile", program.name))),
    }
}

fn source_path(package: &Path, program: &Program) -> PathBuf {
    package.join("src/bin").join(program.name).with_extension("rs")
}
