//! What the application is asked: for auth payloads, and what to do when the server refuses a namespace.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt;
use tidewire_core::{Backoff, Config, Millis, Nsp, Reconnection};
use tokio::time::{Instant, sleep_until, timeout};

use super::{Driver, Way};
use crate::auth::{AuthResult, AuthSource};
use crate::error::ConnectError;
use crate::event::Event;
use crate::refusal::Retry;

/// The application's answer to one question.
pub(super) enum Answer {
    Auth(AuthResult),
    /// The pause after a refusal is over as well.
    Again,
    /// The refusal is final.
    GiveUp(ConnectError),
}

/// Few and short-lived, so that all are polled each turn.
type Asking = Pin<Box<dyn Future<Output = (Nsp, u32, Answer)> + Send>>;

pub(super) struct Questions {
    asking: Vec<Asking>,
    /// How long the application may take.
    limit: Option<Duration>,
    /// How long to pause after a refusal.
    rule: Reconnection,
    seed: u64,
}

impl Questions {
    pub(super) fn new(config: &Config) -> Questions {
        let rule = config.reconnection.clone().unwrap_or_default();
        Questions {
            asking: Vec::new(),
            limit: config.connect_timeout.map(duration),
            rule: Reconnection {
                attempts: None,
                ..rule
            },
            seed: config.seed,
        }
    }

    fn ask(
        &mut self,
        nsp: Nsp,
        number: u32,
        answer: impl Future<Output = Answer> + Send + 'static,
    ) {
        self.asking
            .push(Box::pin(async move { (nsp, number, answer.await) }));
    }

    fn poll_answers(&mut self, cx: &mut Context<'_>) -> Vec<(Nsp, u32, Answer)> {
        let mut answers = Vec::new();
        self.asking
            .retain_mut(|asking| match asking.as_mut().poll(cx) {
                Poll::Ready(answer) => {
                    answers.push(answer);
                    false
                }
                Poll::Pending => true,
            });
        answers
    }
}

impl Driver {
    pub(super) fn ask_for_auth(&mut self, nsp: Nsp) {
        match self.lanes[nsp.index()].channel.auth() {
            AuthSource::None => self.machine.authorize(self.now, nsp, None),
            AuthSource::Value(json) => self.machine.authorize(self.now, nsp, Some(json)),
            AuthSource::Function(function) => {
                let limit = self.questions.limit;
                self.question(nsp, async move {
                    let answered = in_time(limit, async move { function().await });
                    Answer::Auth(
                        answered
                            .await
                            .unwrap_or_else(|failed| Err(failed.to_owned())),
                    )
                });
            }
        }
    }

    /// The server does not let the namespace in, which the application may have an answer to.
    pub(super) fn refused(&mut self, nsp: Nsp, error: ConnectError) {
        let (seed, rule) = (self.questions.seed, &self.questions.rule);
        let lane = &mut self.lanes[nsp.index()];
        let (ConnectError::Refused(words), Some(on_refused)) = (&error, lane.channel.on_refused())
        else {
            return self.refuse(nsp, error);
        };
        let new = || Box::new(Backoff::new(seed.wrapping_add(nsp.index() as u64)));
        let refusals = lane.refusals.get_or_insert_with(new);
        let pause = match refusals.next(rule) {
            Some(pause) if refusals.attempts() <= on_refused.attempts => duration(pause),
            _ => return self.refuse(nsp, error),
        };
        lane.way = Way::Refused;
        lane.batch.push(Event::ConnectError(error.clone()));
        lane.deliver();
        let (over, limit, words) = (Instant::now() + pause, self.questions.limit, words.clone());
        self.question(nsp, async move {
            let decided = in_time(limit, async move { (on_refused.decide)(words).await });
            match decided.await {
                Ok(Retry::WithFreshAuth) => {
                    sleep_until(over).await;
                    Answer::Again
                }
                Ok(Retry::GiveUp) | Err(_) => Answer::GiveUp(error),
            }
        });
    }

    pub(super) fn take_answers(&mut self, cx: &mut Context<'_>) {
        for (nsp, number, answer) in self.questions.poll_answers(cx) {
            let lane = &mut self.lanes[nsp.index()];
            let waits = lane.way == Way::Refused;
            match answer {
                // To an earlier question: it comes too late.
                _ if lane.asked != number => {}
                Answer::Auth(auth) => self.authorize(nsp, auth),
                Answer::Again if waits => {
                    lane.way = Way::Joining;
                    self.machine.connect(self.now, nsp);
                }
                Answer::GiveUp(error) if waits => {
                    lane.way = Way::Out;
                    self.waiters.settle(nsp, &Err(error));
                }
                // Somebody has connected or disconnected it meanwhile.
                Answer::Again | Answer::GiveUp(_) => {}
            }
        }
    }

    fn question(&mut self, nsp: Nsp, answer: impl Future<Output = Answer> + Send + 'static) {
        let lane = &mut self.lanes[nsp.index()];
        lane.asked = lane.asked.wrapping_add(1);
        self.questions.ask(nsp, lane.asked, answer);
        self.begun = true;
    }
}

/// Asks the application, whose panic is a failure to answer, as is too long a silence.
async fn in_time<T>(
    limit: Option<Duration>,
    answer: impl Future<Output = T>,
) -> Result<T, &'static str> {
    let guarded = AssertUnwindSafe(answer).catch_unwind();
    let answered = match limit {
        Some(limit) => timeout(limit, guarded).await,
        None => Ok(guarded.await),
    };
    match answered {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) => Err("it panicked"),
        Err(_) => Err("it did not answer within the connect timeout"),
    }
}

fn duration(Millis(span): Millis) -> Duration {
    Duration::from_millis(span.into())
}
