//! The measured times, with the machine and the date.

use std::{fmt::Write, fs, io, path::Path, process::Command, time::SystemTime};

use costs::cases::table::Ratio;

use crate::measure::Measured;

pub(crate) struct Record {
    /// The machine, the versions and the date, on one line.
    pub(crate) environment: String,
    pub(crate) measured: Vec<Measured>,
}

impl Record {
    pub(crate) fn new() -> Self {
        let date = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        let parts = [
            processor(),
            compiler(),
            format!("bevy_ecs {}", locked_version("bevy_ecs")),
            format!("bevy_post_delete {}", locked_version("bevy_post_delete")),
            date[..10].to_owned(),
        ];
        Self {
            environment: parts.join(", "),
            measured: Vec::new(),
        }
    }

    /// Returns the median of the first case divided by the median of the second.
    pub(crate) fn ratio(&self, ratio: &Ratio, count: usize) -> f64 {
        let median = |name| {
            let case = self
                .measured
                .iter()
                .find(|case| case.name == name && case.count == count);
            case.map_or(f64::NAN, |case| case.median)
        };
        median(ratio.of) / median(ratio.to)
    }

    pub(crate) fn save(&self, path: &Path) -> io::Result<()> {
        let mut lines = format!(
            "# {}\ncase,what,entities,rounds,lower quartile ns,median ns,upper quartile ns\n",
            self.environment
        );
        for case in &self.measured {
            _ = writeln!(
                lines,
                "{},\"{}\",{},{},{:.1},{:.1},{:.1}",
                case.name, case.what, case.count, case.rounds, case.lower_quartile, case.median, case.upper_quartile
            );
        }
        fs::write(path, lines)
    }
}

fn processor() -> String {
    let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = information.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("an unknown processor", |model| {
        model.trim_start_matches(['\t', ' ', ':'])
    });
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{model} with {cores} cores, {}", std::env::consts::OS)
}

fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let version = output.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    version.map_or("an unknown rustc".to_owned(), |version| {
        version.split(" (").next().unwrap_or_default().trim().to_owned()
    })
}

/// Returns the version of a package in `Cargo.lock`.
fn locked_version(package: &str) -> &'static str {
    let locked = include_str!("../../Cargo.lock");
    let named = format!("name = \"{package}\"\nversion = \"");
    locked
        .split_once(&named)
        .and_then(|(_, rest)| rest.split_once('"'))
        .map_or("of an unknown version", |(version, _)| version)
}
