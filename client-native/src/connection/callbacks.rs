//! The driver's calls into the application: for auth payloads, and after refusals.

use std::future::Future;
use std::task::Context;
use std::time::Duration;

use tidewire_core::{Backoff, EngineVersion, Nsp, Reconnection};

use super::driver::Driver;
use super::namespace_entry::Status;
use super::pending_callbacks::{CallbackResult, duration, guarded};
use crate::auth::AuthSource;
use crate::error::ConnectError;
use crate::event::Event;
use crate::host::time::{Instant, sleep, sleep_until};
use crate::maybe_send::MaybeSend;
use crate::refusal::Retry;

impl Driver {
    pub(super) fn request_auth(&mut self, nsp: Nsp) {
        match self.namespaces[nsp.index()].state.auth() {
            AuthSource::None => self.authorize(nsp, Ok(None)),
            AuthSource::Value(json) => self.authorize(nsp, Ok(Some(json))),
            AuthSource::Function(function) => {
                let limit = self.callback_limit();
                self.start_callback(nsp, async move {
                    let result = guarded(limit, async move { function().await }).await;
                    CallbackResult::Auth(result.unwrap_or_else(|failed| Err(failed.to_owned())))
                });
            }
        }
    }

    /// How long a callback may take.
    pub(super) fn callback_limit(&self) -> Option<Duration> {
        self.machine.config().connect_timeout.map(duration)
    }

    /// Warns once that a 2.x server was not sent the auth payload, which it has none of.
    pub(super) fn check_auth(&mut self, nsp: Nsp) {
        let state = &self.namespaces[nsp.index()].state;
        let is_sent = matches!(state.auth(), AuthSource::None)
            || (self.machine.config().auth_on_eio3 && state.name != "/");
        if is_sent
            // A refusal is handled when the connection has ended.
            || self.machine.last_engine_version() != Some(EngineVersion::Eio3)
            || std::mem::replace(&mut self.has_warned_of_auth, true)
        {
            return;
        }
        tracing::warn!(
            target: "tidewire",
            "the Socket.IO 2.x server was not sent the auth payload of {}: it has none. Use Builder::query, or, unless the \
             namespace is /, Builder::auth_in_query",
            state.name,
        );
    }

    /// Handles an auth function that failed: tries again after a pause of reconnection, unless the caller wants one attempt.
    pub(super) fn on_auth_failed(&mut self, nsp: Nsp, error: ConnectError) {
        let keeps_trying = self.reconnects() && self.namespaces[nsp.index()].keep_trying;
        let Some(pause) = keeps_trying
            .then(|| self.next_pause(nsp, u32::MAX))
            .flatten()
        else {
            return self.fail_connect(nsp, error);
        };
        self.reject(nsp, error);
        self.start_callback(nsp, async move {
            sleep(pause).await;
            CallbackResult::Reconnect
        });
    }

    /// Counts a refusal. Returns the pause before the next attempt, if one is left and they are at most `most`.
    fn next_pause(&mut self, nsp: Nsp, most: u32) -> Option<Duration> {
        let config = self.machine.config();
        let pauses = Reconnection {
            attempts: None,
            ..config.reconnection.clone().unwrap_or_default()
        };
        let new = || Box::new(Backoff::new(config.seed.wrapping_add(nsp.index() as u64)));
        let refusals = self.namespaces[nsp.index()]
            .refusals
            .get_or_insert_with(new);
        let pause = refusals.next(&pauses)?;
        (refusals.attempts() <= most).then(|| duration(pause))
    }

    /// Tells the listeners that an attempt has failed after which another one follows.
    fn reject(&mut self, nsp: Nsp, error: ConnectError) {
        let entry = &mut self.namespaces[nsp.index()];
        entry.status = Status::Rejected;
        entry.batch.push(Event::ConnectError(error));
        entry.deliver();
    }

    /// Handles a namespace that the server refused: asks the application whether to retry, if it wants to be asked.
    pub(super) fn on_refused(&mut self, nsp: Nsp, error: ConnectError) {
        let on_refused = self.namespaces[nsp.index()].state.on_refused();
        let (ConnectError::Refused(refused), Some(on_refused)) = (&error, on_refused) else {
            return self.fail_connect(nsp, error);
        };
        let Some(pause) = self.next_pause(nsp, on_refused.attempts) else {
            return self.fail_connect(nsp, error);
        };
        self.reject(nsp, error.clone());
        let (refused, limit) = (refused.clone(), self.callback_limit());
        let pause_over = Instant::now() + pause;
        self.start_callback(nsp, async move {
            let decision = guarded(limit, async move { (on_refused.decide)(refused).await });
            match decision.await {
                Ok(Retry::WithFreshAuth) => {
                    sleep_until(pause_over).await;
                    CallbackResult::Reconnect
                }
                Ok(Retry::GiveUp) | Err(_) => CallbackResult::GiveUp(error),
            }
        });
    }

    pub(super) fn poll_callbacks(&mut self, cx: &mut Context<'_>) {
        for (nsp, number, result) in self.callbacks.poll_finished(cx) {
            let entry = &mut self.namespaces[nsp.index()];
            if entry.callbacks != number {
                // A later callback of this namespace has replaced it.
                continue;
            }
            let is_rejected = entry.status == Status::Rejected;
            match result {
                CallbackResult::Auth(auth) => self.authorize(nsp, auth),
                CallbackResult::Reconnect if is_rejected => {
                    entry.status = Status::Connecting;
                    self.machine.connect(self.now, nsp);
                }
                CallbackResult::GiveUp(error) if is_rejected => self.end_connect(nsp, error),
                // The application has connected or disconnected the namespace meanwhile.
                CallbackResult::Reconnect | CallbackResult::GiveUp(_) => {}
            }
        }
    }

    fn start_callback(
        &mut self,
        nsp: Nsp,
        callback: impl Future<Output = CallbackResult> + MaybeSend + 'static,
    ) {
        let entry = &mut self.namespaces[nsp.index()];
        entry.callbacks = entry.callbacks.wrapping_add(1);
        self.callbacks.start(nsp, entry.callbacks, callback);
        self.repoll = true;
    }
}
