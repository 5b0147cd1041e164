//! Measures the cost of deletes, and prints the table of ratios.
//!
//! The cases of a group take turns in one process, so that other work on the machine affects all of them equally. They
//! are compared by their medians. The program fails if a ratio is above its limit.
//!
//! ```text
//! cargo run --release -p costs                             # the table
//! cargo run --release -p costs -- --save docs              # also writes docs/cost.csv and the chart docs/cost.svg
//! cargo run --release -p costs -- --details                # more comparisons
//! cargo run --release -p costs -- --compile                # how long the compiler takes for one more tracked type
//! cargo run --release -p costs -- --counts 1000,1000000    # other numbers of entities
//! cargo run --release -p costs -- --only E --counts 10000 --rounds 31    # only these cases, for a profiler
//! ```

#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "a program")]

mod chart;
mod compile;
mod measure;
mod record;

use std::{path::PathBuf, process::ExitCode};

use costs::cases::{details, table};
use measure::{Measured, measure};
use record::Record;

const USAGE: &str =
    "usage: costs [--counts N,..] [--rounds N] [--only CASE,..] [--details] [--compile] [--save FOLDER]";

struct Options {
    counts: Vec<usize>,
    rounds: Option<usize>,
    only: Option<String>,
    details: bool,
    compile: bool,
    save: Option<PathBuf>,
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options {
        counts: vec![1_000, 10_000, 100_000],
        rounds: None,
        only: None,
        details: false,
        compile: false,
        save: None,
    };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value; {USAGE}"));
        let number = |text: &str| match text.parse() {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(format!("{text:?} is not a positive number; {USAGE}")),
        };
        match argument.as_str() {
            "--counts" => options.counts = value()?.split(',').map(number).collect::<Result<_, _>>()?,
            "--rounds" => options.rounds = Some(number(&value()?)?),
            "--only" => options.only = Some(value()?),
            "--details" => options.details = true,
            "--compile" => options.compile = true,
            "--save" => options.save = Some(value()?.into()),
            _ => return Err(format!("unknown option {argument}; {USAGE}")),
        }
    }
    if cfg!(debug_assertions) {
        return Err("timings of a debug build are meaningless: cargo run --release -p costs".to_owned());
    }
    Ok(options)
}

fn main() -> ExitCode {
    let options = match options(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(reason) => {
            eprintln!("{reason}");
            return ExitCode::from(2);
        }
    };
    if options.details {
        show_details(&options);
        return ExitCode::SUCCESS;
    }
    if options.compile {
        return compile::run();
    }
    let mut groups = table::groups();
    if let Some(only) = &options.only {
        for cases in &mut groups {
            cases.retain(|case| only.split(',').any(|name| name == case.name));
        }
        groups.retain(|cases| !cases.is_empty());
        if groups.is_empty() {
            eprintln!("there is no case named {only}");
            return ExitCode::from(2);
        }
    }
    let mut record = Record::new();
    for &count in &options.counts {
        let measured = groups
            .iter_mut()
            .flat_map(|cases| measure(cases, count, options.rounds));
        let measured: Vec<Measured> = measured.collect();
        show_cases(count, &measured);
        record.measured.extend(measured);
    }
    if options.only.is_some() {
        return ExitCode::SUCCESS;
    }
    let missed = show_ratios(&options.counts, &record);
    if let Some(folder) = &options.save
        && let Err(error) = record.save(&folder.join("cost.csv")).and_then(|()| {
            let picture = chart::draw(&options.counts, &record);
            std::fs::write(folder.join("cost.svg"), picture)
        })
    {
        eprintln!("{}: {error}", folder.display());
        return ExitCode::FAILURE;
    }
    if missed > 0 {
        eprintln!("{missed} ratios are above their limits");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn show_cases(count: usize, measured: &[Measured]) {
    println!("\n{count} entities, ns per entity: median (quartiles)");
    for case in measured {
        println!(
            "  {:<22} {:>8.1} ({:.1} to {:.1})   {}",
            case.name, case.median, case.lower_quartile, case.upper_quartile, case.what
        );
    }
}

/// Prints the table. Returns the number of ratios above their limits.
fn show_ratios(counts: &[usize], record: &Record) -> usize {
    let mut missed = 0;
    print!("\n{:<14}", "ratio");
    for count in counts {
        print!("{count:>10}");
    }
    println!("{:>8}{:>8}", "must", "aim");
    for ratio in &table::RATIOS {
        print!("{:<14}", ratio.name);
        for &count in counts {
            let value = record.ratio(ratio, count);
            let above = ratio.must.is_some_and(|must| value > must);
            missed += usize::from(above);
            print!("{:>10}", format!("{}{value:.2}", if above { "! " } else { "" }));
        }
        let mark = |mark: Option<f64>| mark.map_or(String::new(), |mark| format!("{mark:.2}"));
        println!("{:>8}{:>8}   {}", mark(ratio.must), mark(ratio.aim), ratio.words);
    }
    missed
}

fn show_details(options: &Options) {
    for mut group in details::groups() {
        println!("\n== {}", group.name);
        for &count in &options.counts {
            show_cases(count, &measure(&mut group.cases, count, options.rounds));
        }
    }
}
