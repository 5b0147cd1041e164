//! What a user of the crate sees, one file a behaviour. Everything goes through the public API.

#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "tests have std")]

mod after;
mod allocations;
mod any;
mod api;
mod assets;
mod at_exit;
#[cfg(feature = "audit")]
mod audit;
mod bounded;
mod bulk;
mod bypass;
mod call_forms;
mod causes;
mod counts;
mod deep;
#[cfg(feature = "diagnostic")]
mod diagnostic;
mod every_path;
mod exactly_once;
mod examples;
mod failed_removals;
mod faults;
mod free_when_unused;
mod isolated;
mod joins;
mod missed;
mod order;
mod origin;
mod plan;
mod protected;
mod queue;
mod recent;
mod reentrant;
mod related;
mod relations;
mod removals;
mod report;
mod rotation;
mod schedules;
mod snapshot;
mod stage;
mod support;
mod survivors;
#[cfg(feature = "trace")]
mod trace;
mod tracked;
mod tracking;
mod untrack;
mod whole;
mod without_app;
mod words;
