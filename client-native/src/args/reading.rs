//! What one attempt at reading arguments knows and finds out; serde's errors alone would not tell.

use std::cell::Cell;

use bytes::Bytes;

/// One attempt at reading arguments.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    /// What placeholders point at.
    pub(super) attachments: &'a [Bytes],
    /// Whether values are read through the reviver, or by serde_json alone.
    pub(super) revives: bool,
    /// Whether a placeholder becomes binary where the type asks for anything at all.
    pub(super) binary_as_any: bool,
    /// The argument being read, counted from 1.
    pub(super) position: Cell<usize>,
    /// Whether that argument was missing and missed.
    pub(super) missing: Cell<bool>,
    /// Whether a placeholder pointed at no attachment.
    pub(super) illegal: Cell<bool>,
    /// Whether binary was given to a type that asked for anything at all.
    pub(super) gave_binary: Cell<bool>,
}

impl<'a> Reading<'a> {
    /// By serde_json alone: binary is not expected.
    pub(super) fn plain() -> Self {
        Reading {
            attachments: &[],
            revives: false,
            binary_as_any: false,
            position: Cell::new(0),
            missing: Cell::new(false),
            illegal: Cell::new(false),
            gave_binary: Cell::new(false),
        }
    }

    /// Through the reviver.
    pub(super) fn reviving(attachments: &'a [Bytes]) -> Self {
        let binary_as_any = !attachments.is_empty();
        Reading {
            attachments,
            revives: true,
            binary_as_any,
            ..Reading::plain()
        }
    }
}
