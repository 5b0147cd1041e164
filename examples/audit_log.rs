//! Writes one line of JSON to a file for each deleted account, and reads the lines back.
//!
//! Look at the printed lines. Each contains the values of the deleted entity, the cause, and the root, which is the
//! entity that was passed to the delete call.
//!
//! ```text
//! cargo run --example audit_log --features audit
//! ```
use std::fs;

use bevy_app::prelude::*;
use bevy_ecs::prelude::*;
use bevy_post_delete::prelude::*;
use serde::Serialize;
use serde_json::Value;

#[derive(Component, Clone, Serialize)]
struct Account {
    owner: &'static str,
    balance: i64,
}

const BANKRUPT: DeleteReason = DeleteReason::new("bankrupt");

fn main() -> Result<(), BevyError> {
    let path = std::env::temp_dir().join(format!("accounts-{}.jsonl", std::process::id()));
    let mut app = App::new();
    app.add_plugins(AuditPlugin::<Account>::to_file(&path));

    let (owner, balance) = ("Engines Ltd", -900);
    let firm = app.world_mut().spawn(Account { owner, balance }).id();
    let (owner, balance) = ("Engines Ltd, London", -100);
    app.world_mut().spawn((Account { owner, balance }, ChildOf(firm)));
    let (owner, balance) = ("Ada", 12);
    let ada = app.world_mut().spawn(Account { owner, balance }).id();

    app.world_mut().delete_with(firm, BANKRUPT)?; // with its branch in London
    app.update();
    app.world_mut().despawn(ada);
    app.update();

    let log = fs::read_to_string(&path)?;
    fs::remove_file(&path)?;
    print!("{log}");
    let lines: Vec<Value> = log.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let [branch_line, firm_line, ada_line] = &lines[..] else {
        panic!("there are {} lines", lines.len());
    };

    // The branch was deleted before the firm, by the same call.
    assert_eq!(branch_line["snapshot"]["owner"], "Engines Ltd, London");
    assert_eq!(branch_line["snapshot"]["balance"], -100);
    assert_eq!(branch_line["kind"], "Cascade");
    assert_eq!(branch_line["reason"], "bankrupt");
    assert_eq!(branch_line["root"], firm.to_bits());
    assert_eq!(branch_line["operation"], firm_line["operation"]);
    assert_eq!(firm_line["kind"], "Direct");
    assert_eq!(firm_line["entity"], firm.to_bits());

    // A plain despawn has no cause.
    assert_eq!(ada_line["kind"], "Despawn");
    assert_eq!(ada_line["reason"], Value::Null);
    assert_eq!(ada_line["frame"], 1);
    Ok(())
}
