//! The derive macro of [bevy_post_delete](https://docs.rs/bevy_post_delete).

use proc_macro::TokenStream;

/// Derives `Snapshot` for a struct.
#[proc_macro_derive(Snapshot, attributes(snapshot))]
pub fn derive_snapshot(_: TokenStream) -> TokenStream {
    TokenStream::new()
}
