//! Running other code so that its panic prevents nothing else.

use alloc::{boxed::Box, vec::Vec};
use core::any::Any;

/// The payload of a panic, as [`catch_unwind`](https://doc.rust-lang.org/std/panic/fn.catch_unwind.html) returns it.
pub(crate) type Panic = Box<dyn Any + Send>;

/// Runs `f` once, and returns its panic. Without `std`, a panic cannot be caught.
pub(crate) fn catch(f: &mut dyn FnMut()) -> Result<(), Panic> {
    #[cfg(feature = "std")]
    return std::panic::catch_unwind(core::panic::AssertUnwindSafe(f));
    #[cfg(not(feature = "std"))]
    {
        f();
        Ok(())
    }
}

/// The first panic of several pieces of code. When this is dropped, the panic is resumed, unless the thread is already
/// panicking: that would abort the process.
#[derive(Debug, Default)]
pub(crate) struct FirstPanic(Option<Panic>);

impl FirstPanic {
    /// Runs `f` once, and keeps its panic if it is the first.
    pub(crate) fn catch(&mut self, f: &mut dyn FnMut()) {
        self.keep(catch(f));
    }

    /// Keeps a panic that was caught if it is the first.
    pub(crate) fn keep(&mut self, caught: Result<(), Panic>) {
        self.0 = self.0.take().or(caught.err());
    }
}

impl Drop for FirstPanic {
    fn drop(&mut self) {
        #[cfg(feature = "std")]
        if let Some(panic) = self.0.take()
            && !std::thread::panicking()
        {
            std::panic::resume_unwind(panic);
        }
    }
}

/// Drops all of these values, even if the drop of one panics. The first panic is resumed afterwards.
pub(crate) fn drop_each<T>(mut values: Vec<T>) {
    let mut panic = FirstPanic::default();
    while !values.is_empty() {
        panic.catch(&mut || while values.pop().is_some() {});
    }
}
