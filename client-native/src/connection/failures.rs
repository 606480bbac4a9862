//! Why links and attempts have failed: the machine knows that they did, and the application gets these errors.

use tidewire_core::{OpenError, Reason};

use crate::error::{ConnectError, TransportError};

#[derive(Debug, Default)]
pub(super) struct Failures {
    /// Why the link failed whose end the machine handles now, in more detail than the machine knows.
    last: Option<TransportError>,
    /// The first refusal of the current attempt, which says more than the machine knows, and more than the failure of the other
    /// version, for which the machine may ask then.
    refusal: Option<Box<TransportError>>,
    /// Why the last attempt to connect failed.
    attempt: Option<Box<ConnectError>>,
}

impl Failures {
    /// Notes the error of a link, before the machine handles its end.
    pub(super) fn set_last(&mut self, error: TransportError) {
        self.last = Some(error);
    }

    /// Notes that the server refuses the session that an attempt asks for, if it is the first refusal of the attempt.
    pub(super) fn note_refusal(&mut self, refusal: impl FnOnce() -> TransportError) {
        self.refusal.get_or_insert_with(|| Box::new(refusal()));
    }

    pub(super) fn note_attempt(&mut self, error: ConnectError) {
        self.attempt = Some(Box::new(error));
    }

    /// The machine has handled the end of the link. What happens later has other causes, so this forgets the link's error, and
    /// keeps a refusal for the end of its attempt.
    pub(super) fn forget_last(&mut self) {
        self.last = None;
    }

    /// A session has opened, or the application asks for one: this forgets the refusal of the attempts before.
    pub(super) fn forget_refusal(&mut self) {
        self.refusal = None;
    }

    /// Takes the cause of an attempt that has failed: the next one begins without its errors.
    pub(super) fn take_cause(&mut self, error: OpenError) -> TransportError {
        let last = self.last.take();
        let known = match error {
            OpenError::Transport => last,
            OpenError::Handshake | OpenError::Timeout => None,
        };
        let refusal = self.refusal.take().map(|refusal| *refusal);
        refusal
            .or(known)
            .unwrap_or(TransportError::Handshake(error))
    }

    /// Returns the error that has ended an open connection, if one did.
    pub(super) fn broken_by(&self, reason: Reason) -> Option<TransportError> {
        let known = self.last.clone();
        // The machine has no other reason than a bad packet to end a connection with a transport error by itself.
        known.or((reason == Reason::TransportError).then_some(TransportError::BadPacket))
    }

    /// Takes the error of the last attempt.
    pub(super) fn take_attempt(&mut self) -> Option<ConnectError> {
        self.attempt.take().map(|error| *error)
    }
}
