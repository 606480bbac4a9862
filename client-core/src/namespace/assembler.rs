//! Puts together a packet whose attachments come as binary frames behind its header.

use alloc::vec::Vec;

use crate::config::Config;
use crate::output::Nsp;
use crate::payload::Payload;
use crate::wire::head::{Malformed, PacketType};

/// A Socket.IO packet that is complete.
#[derive(Debug)]
pub(crate) struct Whole<P> {
    /// Event or ack for those with attachments.
    pub(crate) kind: PacketType,
    /// `None`: a namespace nobody asked for.
    pub(crate) nsp: Option<Nsp>,
    pub(crate) ack: Option<u64>,
    pub(crate) payload: Option<P>,
    pub(crate) attachments: Vec<P>,
}

/// At most one packet is under construction: nothing may come between a header and its attachments.
#[derive(Debug)]
pub(crate) enum Assembler<P> {
    Idle,
    Awaiting {
        whole: Whole<P>,
        missing: u32,
        bytes: usize,
    },
}

impl<P: Payload> Assembler<P> {
    /// Whether text may come now.
    pub(crate) fn expects_text(&self) -> bool {
        matches!(self, Assembler::Idle)
    }

    /// Takes a packet whose header announced `missing` attachments; gives it back if it is complete.
    pub(crate) fn begin(&mut self, whole: Whole<P>, missing: u32) -> Option<Whole<P>> {
        if missing == 0 {
            return Some(whole);
        }
        let bytes = whole.payload.as_ref().map_or(0, Payload::size);
        *self = Assembler::Awaiting {
            whole,
            missing,
            bytes,
        };
        None
    }

    /// Takes an attachment; gives the packet if it was the last one.
    pub(crate) fn attach(
        &mut self,
        payload: P,
        config: &Config,
    ) -> Result<Option<Whole<P>>, Malformed> {
        let Assembler::Awaiting {
            whole,
            missing,
            bytes,
        } = self
        else {
            return Err(Malformed::UnexpectedBinary);
        };
        *bytes = bytes.saturating_add(payload.size());
        if *bytes > config.max_packet_bytes {
            return Err(Malformed::TooLarge);
        }
        whole.attachments.push(payload);
        *missing -= 1;
        if *missing > 0 {
            return Ok(None);
        }
        match core::mem::replace(self, Assembler::Idle) {
            Assembler::Awaiting { whole, .. } => Ok(Some(whole)),
            Assembler::Idle => Ok(None),
        }
    }

    /// Forgets what was begun: its connection is gone.
    pub(crate) fn reset(&mut self) {
        *self = Assembler::Idle;
    }
}
