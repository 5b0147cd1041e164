//! Running other code so that its panic prevents nothing else.

use alloc::{boxed::Box, vec::Vec};
use core::any::Any;

/// The payload of a panic, as [`catch_unwind`](https://doc.rust-lang.org/std/panic/fn.catch_unwind.html) returns it.
pub(crate) type Panic = Box<dyn Any + Send>;

/// Runs `f`, and returns its panic. Without `std`, a panic cannot be caught.
pub(crate) fn catch(f: impl FnOnce()) -> Result<(), Panic> {
    let mut f = Some(f);
    catch_once(&mut || {
        if let Some(f) = f.take() {
            f();
        }
    })
}

/// The part of [`catch`] that is compiled once.
fn catch_once(f: &mut dyn FnMut()) -> Result<(), Panic> {
    #[cfg(feature = "std")]
    return std::panic::catch_unwind(core::panic::AssertUnwindSafe(f));
    #[cfg(not(feature = "std"))]
    {
        f();
        Ok(())
    }
}

/// Resumes a panic that was caught, unless the thread is already panicking: that would abort the process.
pub(crate) fn resume(panic: Option<Panic>) {
    #[cfg(feature = "std")]
    if let Some(panic) = panic
        && !std::thread::panicking()
    {
        std::panic::resume_unwind(panic);
    }
    #[cfg(not(feature = "std"))]
    drop(panic);
}

/// Drops all of these values, even if the drop of one panics. The first panic is resumed afterwards.
pub(crate) fn drop_each<T>(values: Vec<T>) {
    let mut first = None;
    for value in values {
        if let Err(panic) = catch(|| drop(value)) {
            first.get_or_insert(panic);
        }
    }
    resume(first);
}
