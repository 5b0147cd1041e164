//! A guide for those who come from something else, and answers to what is asked.
//!
//! The chapters on other ways show what you may have now beside the same in this crate. Both are programs that run: what
//! the first cannot do is asserted, not claimed. Each chapter ends with when to stay with what you have.
//!
//! | you have | read |
//! |---|---|
//! | systems that read `RemovedComponents<T>` | [`removed_components`] |
//! | observers of `On<Remove<T>>` or `On<Despawn<T>>` | [`observers`] |
//! | component hooks | [`hooks`] |
//! | a `Despawned` marker, and a system that despawns what has it | [`markers`] |
//! | Django, and its `post_delete` | [`django`] |
//! | a question | [`questions`] |

#[doc = include_str!("removed_components.md")]
pub mod removed_components {}

#[doc = include_str!("observers.md")]
pub mod observers {}

#[doc = include_str!("hooks.md")]
pub mod hooks {}

#[doc = include_str!("markers.md")]
pub mod markers {}

#[doc = include_str!("django.md")]
pub mod django {}

#[doc = include_str!("questions/begin.md")]
#[doc = include_str!("questions/values.md")]
#[doc = include_str!("questions/time.md")]
#[doc = include_str!("questions/roads.md")]
#[doc = include_str!("questions/practice.md")]
pub mod questions {}
