//! A server and two clients, each a process of its own, linked by TCP on the loopback. Both clients show why characters
//! disappear: one is killed, one leaves the sight of one client, and the rest is cleared when the arena closes.
//!
//! `cargo run -p bevy_post_delete_replicon --example duel` starts all three. It fails if a client shows anything else,
//! or if one of the processes fails.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the kill feeds are shown in a terminal"
)]
#![expect(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "examples have std"
)]

mod client;
mod game;
mod server;

use std::{
    env,
    io::{self, BufRead, BufReader, Read},
    process::{Child, ChildStdout, Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use bevy::prelude::*;

use crate::game::{FEEDS, TIMEOUT};

fn main() -> ExitCode {
    let args: Vec<_> = env::args().skip(1).collect();
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    match args[..] {
        [] => launch(),
        ["server"] => run(server::new_app()),
        ["client", player, port] => run(client::new_app(player, port.parse().expect("a port"))),
        _ => {
            eprintln!("usage: duel");
            ExitCode::FAILURE
        }
    }
}

fn run(mut app: App) -> ExitCode {
    match app.run() {
        AppExit::Success => ExitCode::SUCCESS,
        AppExit::Error(_) => ExitCode::FAILURE,
    }
}

fn launch() -> ExitCode {
    match play() {
        Ok(()) => {
            println!("Both clients know what happened on the server.");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("the duel failed: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Starts the server and the clients, and shows the output of the clients when all have ended.
fn play() -> io::Result<()> {
    let mut processes = vec![Process::start("the server".into(), &["server"])?];
    let mut port = String::new();
    processes[0].output.read_line(&mut port)?;
    for (player, _) in FEEDS {
        processes.push(Process::start(
            format!("{player}'s client"),
            &["client", player, port.trim()],
        )?);
    }

    let result = wait(&mut processes);
    for Process { title, child, output } in &mut processes {
        // Only the processes that still run after another has failed.
        _ = child.kill();
        child.wait()?;
        let mut lines = String::new();
        output.read_to_string(&mut lines)?;
        if !lines.is_empty() {
            println!("{title}:");
        }
        for line in lines.lines() {
            println!("    {line}");
        }
    }
    result
}

/// Waits until all processes have ended, or one has failed.
fn wait(processes: &mut [Process]) -> io::Result<()> {
    let start = Instant::now();
    loop {
        let mut running = 0;
        for Process { title, child, .. } in &mut *processes {
            match child.try_wait()? {
                None => running += 1,
                Some(status) if status.success() => (),
                Some(status) => return Err(io::Error::other(format!("{title} failed ({status})"))),
            }
        }
        if running == 0 {
            return Ok(());
        }
        if start.elapsed() > TIMEOUT {
            return Err(io::ErrorKind::TimedOut.into());
        }
        thread::sleep(Duration::from_millis(10));
    }
}

struct Process {
    title: String,
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Process {
    /// Starts this program once more, with arguments.
    fn start(title: String, args: &[&str]) -> io::Result<Self> {
        let mut child = Command::new(env::current_exe()?)
            .args(args)
            .stdout(Stdio::piped())
            .spawn()?;
        let output = BufReader::new(child.stdout.take().expect("the output is piped"));
        Ok(Self { title, child, output })
    }
}
