//! All errors of one struct.

use core::fmt::Display;

use quote::ToTokens;
use syn::Error;

/// Collects the errors of a struct, so that the compiler shows all of them at once.
#[derive(Default)]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    /// Adds an error that points at `tokens`.
    pub(crate) fn push(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.combine(Error::new_spanned(tokens, message));
    }

    /// Adds an error of the parser.
    pub(crate) fn combine(&mut self, error: Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// Returns `true` if no error was added.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Returns `value`, or the errors if there are any.
    pub(crate) fn finish<T>(self, value: T) -> syn::Result<T> {
        match self.0 {
            Some(error) => Err(error),
            None => Ok(value),
        }
    }
}
