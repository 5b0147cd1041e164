//! The guide: how to move to this crate from another mechanism, and how to solve common tasks.
//!
//! # Where to start
//!
//! 1. Read the [front page](crate). It explains what happens during a delete, and lists the guarantees.
//! 2. If your game already reacts to despawns, read the page about the mechanism that it uses.
//! 3. Read the other pages when you need them. Each can be read on its own.
//!
//! # Coming from another mechanism
//!
//! Each page solves one problem twice: with the other mechanism and with this crate. The Rust programs run as tests,
//! and the assertions of the first one show the limits of the other mechanism. A table translates the terms. The last
//! section lists the cases in which to keep the other mechanism, or the differences to expect.
//!
//! | you have used | page |
//! |---|---|
//! | systems that read `RemovedComponents<T>` | [`removed_components`] |
//! | observers of `On<Remove<T>>` or `On<Despawn<T>>` | [`observers`] |
//! | component hooks | [`hooks`] |
//! | a `Despawned` marker, and a system that despawns the marked entities | [`markers`] |
//! | Django's `post_delete` | [`django`] |
//!
//! # Tasks
//!
//! | you want to | page |
//! |---|---|
//! | find out why a system, an observer or `Cleanup` does not run, or why a reader panics | [`nothing_happens`] |
//! | use data of the deleted entity or its parent, move data out, distinguish despawns from removals | [`snapshots`] |
//! | choose a schedule, react earlier, delete in `Cleanup` or in an observer of `PostDelete`, draw an effect in the same frame | [`timing`] |
//! | free physics bodies before the next fixed timestep | [`fixed_step`] |
//! | play a death animation, delete after some seconds, undo a delete | [`later`] |
//! | know why an entity was deleted, and which entity caused it | [`causes`] |
//! | delete a level when its state ends, keep the player, release everything at exit | [`levels_and_exit`] |
//! | remove despawned entities from maps, look up a stale id | [`maps`] |
//! | find or forbid plain despawns | [`plain_despawns`] |
//! | rely on the order of messages, for multiplayer and rollback | [`order`] |
//! | know what tracking costs, when a snapshot is dropped, and which relationships are slow to delete | [`costs`] |
//! | test systems and observers that read `PostDelete` | [`testing`] |
//!
//! Most examples hide their imports, which are usually the following lines. Some also hide small types.
//!
//! ```
//! use bevy_app::prelude::*;
//! use bevy_ecs::prelude::*;
//! use bevy_post_delete::prelude::*;
//! ```

/// Declares a module for each page. Its docs are the file of the same name.
macro_rules! pages {
    ($($page:ident),* $(,)?) => {
        $(
            #[doc = include_str!(concat!(stringify!($page), ".md"))]
            pub mod $page {}
        )*
    };
}

pages!(removed_components, observers, hooks, markers, django);
pages!(timing, fixed_step, later, causes, levels_and_exit, maps);
pages!(plain_despawns, order, costs, testing);

// The examples on these two pages derive `Snapshot`. They are tests only with the feature `derive`.
#[cfg(any(not(doctest), feature = "derive"))]
pages!(nothing_happens, snapshots);
