//! Integration tests of `bevy_post_delete`, with one module for each behavior. They use only the public API.

#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "tests use std")]

mod added_during_delete;
mod after_despawn;
mod allocations;
mod any_delete;
mod asset_release;
mod at_exit;
#[cfg(feature = "audit")]
mod audit;
mod bounded_memory;
mod bulk_deletes;
mod captured_values;
mod causes;
mod cleanup_schedules;
mod deep_hierarchies;
mod delete_counts;
mod delete_related;
mod despawn_policy;
mod determinism;
#[cfg(feature = "diagnostic")]
mod diagnostics;
mod every_path;
mod exactly_once;
mod examples;
mod fault_tolerance;
mod free_when_unused;
mod isolation;
mod message_buffers;
mod message_lifetime;
mod order;
mod origin;
mod panicking_despawns;
mod panicking_removals;
mod plan;
mod prelude;
mod protected;
mod public_types;
mod queue;
mod readme;
mod recent_deletes;
mod reentrancy;
mod relationship_targets;
mod relationships;
mod removals;
mod report;
mod several_worlds;
mod snapshot;
mod support;
#[cfg(feature = "trace")]
mod trace;
mod tracked_deletes;
mod tracking;
mod untracking;
mod without_app;
