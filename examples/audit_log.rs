//! Keeps a record of all accounts that were ever deleted, reads it back, and compares it with what was deleted.
//!
//! ```text
//! cargo run --example audit_log --features audit
//! ```

#![allow(clippy::std_instead_of_core, clippy::print_stdout, reason = "a program")]

use std::{fs, path::PathBuf};

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Account {
    owner: String,
    balance: i64,
}

const CLOSED: DeleteReason = DeleteReason::new("closed by its owner");
const BANKRUPT: DeleteReason = DeleteReason::new("bankrupt");

/// What this program reads of a line.
#[derive(Deserialize)]
struct Line {
    entity: u64,
    kind: String,
    root: Option<u64>,
    reason: Option<String>,
    operation: u64,
    frame: u64,
    snapshot: Account,
}

fn main() -> Result<(), BevyError> {
    let log = LogFile(std::env::temp_dir().join(format!("accounts-{}.jsonl", std::process::id())));
    let mut app = App::new();
    app.add_plugins(AuditPlugin::<Account>::to_file(&log.0));

    let mut open = |owner: &str, balance| {
        let account = Account {
            owner: owner.to_owned(),
            balance,
        };
        let entity = app.world_mut().spawn(account.clone()).id();
        (entity, account)
    };
    let firm = open("Engines Ltd", -900);
    let branch = open("Engines Ltd, London", -100);
    let ada = open("Ada", 12);
    let mary = open("Mary", 0);
    let kept = open("Grace", 7);
    app.world_mut().entity_mut(firm.0).add_child(branch.0);

    // In the first frame an owner closes her account, and a firm goes bankrupt with its branch.
    app.world_mut().delete_with(ada.0, CLOSED)?;
    app.world_mut().delete_with(firm.0, BANKRUPT)?;
    app.update();
    // In the second, some code that knows nothing of records despawns one.
    app.world_mut().despawn(mary.0);
    app.update();

    let text = fs::read_to_string(&log.0)?;
    let lines: Vec<Line> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    for line in &lines {
        let reason = line.reason.as_deref().unwrap_or("no reason given");
        println!(
            "frame {}: {} with {}: {reason}",
            line.frame, line.snapshot.owner, line.snapshot.balance
        );
    }

    let expected = [
        (&ada, "Direct", Some(ada.0), Some(CLOSED), 0),
        (&branch, "Cascade", Some(firm.0), Some(BANKRUPT), 0),
        (&firm, "Direct", Some(firm.0), Some(BANKRUPT), 0),
        (&mary, "Despawn", None, None, 1),
    ];
    assert_eq!(lines.len(), expected.len());
    for (line, ((entity, account), kind, root, reason, frame)) in lines.iter().zip(expected) {
        assert_eq!(line.entity, entity.to_bits());
        assert_eq!(line.snapshot, *account);
        assert_eq!(line.kind, kind);
        assert_eq!(line.root, root.map(Entity::to_bits));
        assert_eq!(line.reason.as_deref(), reason.as_ref().map(DeleteReason::as_str));
        assert_eq!(line.frame, frame);
    }
    assert_eq!(lines[1].operation, lines[2].operation);
    assert!(lines[0].operation < lines[1].operation);
    assert!(lines.iter().all(|line| line.entity != kept.0.to_bits()));
    Ok(())
}

/// The file of the record, removed in the end.
struct LogFile(PathBuf);

impl Drop for LogFile {
    fn drop(&mut self) {
        _ = fs::remove_file(&self.0);
    }
}
