//! One call of the exported function: an operation and its arguments.

use crate::layout::Op;

/// An operation and its arguments. The table at [`abi::call`](crate::abi::call()) says which of them it reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Invocation {
    pub(crate) op: Op,
    /// Milliseconds.
    pub(crate) now: f64,
    /// A namespace, a link, or a position in a table.
    pub(crate) index: u32,
    pub(crate) value: f64,
    pub(crate) flag: i32,
    pub(crate) count: u32,
}
