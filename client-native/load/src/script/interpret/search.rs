//! The search for an event or a message that a step waits for.

use serde_json::Value;

use super::actor::Actor;
use crate::engine::Failure;
use crate::script::model::Wait;
use crate::stats::Stage;

/// The name of the values in expressions.
const NAME: &str = "event";

/// The search for what a step waits for.
pub(super) struct Search<'a> {
    actor: &'a Actor,
    wait: &'a Wait,
    /// The error of an expression, which ends the search.
    problem: Option<String>,
}

impl<'a> Search<'a> {
    pub(super) fn new(actor: &'a Actor, wait: &'a Wait) -> Search<'a> {
        Search {
            actor,
            wait,
            problem: None,
        }
    }

    /// Returns whether the search is over: these values match, or cannot be compared.
    pub(super) fn takes(&mut self, values: &Value) -> bool {
        match self.actor.meets(&self.wait.wanted, NAME, values, None) {
            Ok(difference) => difference.is_none(),
            Err(text) => {
                self.problem = Some(text);
                true
            }
        }
    }

    /// Captures from the values that were taken, and compares them with the expected ones.
    pub(super) fn end(self, values: &Value) -> Result<(), Failure> {
        let Search {
            actor,
            wait,
            problem,
        } = self;
        if let Some(text) = problem {
            return Err(actor.fail(Stage::Template, text));
        }
        actor.capture(&wait.wanted, values, None)?;
        actor.expect(&wait.expectation, NAME, values, None)
    }
}
