//! The state of one attempt to decode arguments, which the errors of serde do not carry.

use std::cell::Cell;

use bytes::Bytes;

/// One attempt to decode arguments.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    /// The attachments.
    pub(super) attachments: &'a [Bytes],
    /// Whether values go through the reviver, or through serde_json alone.
    pub(super) revives: bool,
    /// Whether a placeholder becomes binary if the type takes any value.
    pub(super) binary_as_any: bool,
    /// The current argument, counted from 1.
    pub(super) position: Cell<usize>,
    /// Whether that argument was missing, and needed.
    pub(super) missing: Cell<bool>,
    /// Whether a placeholder had no attachment.
    pub(super) illegal: Cell<bool>,
    /// Whether a type that takes any value was given binary.
    pub(super) gave_binary: Cell<bool>,
}

impl<'a> Reading<'a> {
    /// By serde_json alone: no binary is expected.
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
