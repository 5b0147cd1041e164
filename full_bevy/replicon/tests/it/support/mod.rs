//! A server with two clients, linked in the process by replicon's test app, or over TCP.

mod app;
mod game;
pub(crate) mod published;
mod withheld;

pub(crate) use app::*;
pub(crate) use game::{Game, Link, UPDATES, notices};
pub(crate) use published::{Death, Published, death, sorted};
pub(crate) use withheld::Withheld;

/// Defines tests that run over both links.
macro_rules! over_both_links {
    ($($scenario:ident,)*) => {
        mod in_process {
            $(
                #[test]
                fn $scenario() {
                    super::$scenario(crate::support::Game::new(crate::support::Link::InProcess));
                }
            )*
        }
        mod over_tcp {
            $(
                #[test]
                fn $scenario() {
                    super::$scenario(crate::support::Game::new(crate::support::Link::Tcp));
                }
            )*
        }
    };
}
pub(crate) use over_both_links;
