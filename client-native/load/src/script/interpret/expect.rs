//! Expectations about acks, events and responses, and captures.

use serde_json::Value;

use super::actor::Actor;
use crate::engine::Failure;
use crate::script::compare::{equals, includes, short};
use crate::script::http::Response;
use crate::script::model::{Captured, Comparison, Expectation};
use crate::script::template::is_true;
use crate::stats::Stage;

impl Actor {
    /// Checks values, then keeps what is captured. `name` is the variable under which templates see the values.
    pub(super) fn expect(
        &self,
        expectation: &Expectation,
        name: &str,
        values: &Value,
        response: Option<&Response>,
    ) -> Result<(), Failure> {
        match self.meets(expectation, name, values, response) {
            Ok(None) => self.capture(expectation, values, response),
            Ok(Some(text)) => Err(self.fail(Stage::Expect, text)),
            Err(text) => Err(self.fail(Stage::Template, text)),
        }
    }

    /// Returns why the values do not meet an expectation; `None` if they do.
    pub(super) fn meets(
        &self,
        expectation: &Expectation,
        name: &str,
        values: &Value,
        response: Option<&Response>,
    ) -> Result<Option<String>, String> {
        let needs_variable = expectation.check.is_some() || !expectation.captures.is_empty();
        if needs_variable {
            self.scope.set_json(name, values);
        }
        let compiled = &self.script.templates;
        let root = root_of(expectation, values);
        for comparison in &expectation.comparisons {
            let outcome = self.compare(comparison, name, (values, root), response)?;
            if outcome.is_some() {
                return Ok(outcome);
            }
        }
        match &expectation.check {
            Some(check) if !is_true(&check.evaluate(compiled, &self.variables)?) => Ok(Some(
                format!("the check of the {name} failed: it is {}", short(values)),
            )),
            _ => Ok(None),
        }
    }

    pub(super) fn compare(
        &self,
        comparison: &Comparison,
        name: &str,
        (values, root): (&Value, &Value),
        response: Option<&Response>,
    ) -> Result<Option<String>, String> {
        let differs = |found: &Value, expected: &Value| {
            format!(
                "the {name} is {}, expected {}",
                short(found),
                short(expected)
            )
        };
        let body = || response.map_or_else(|| root.clone(), Response::json);
        Ok(match comparison {
            Comparison::Begins(expected) => {
                let list = values.as_array().map_or(&[][..], Vec::as_slice);
                let expected: Result<Vec<Value>, String> =
                    expected.iter().map(|it| self.value(it)).collect();
                let expected = expected?;
                let meets = list.len() >= expected.len()
                    && list.iter().zip(&expected).all(|(a, b)| includes(a, b));
                (!meets).then(|| differs(values, &Value::Array(expected)))
            }
            Comparison::Equal(expected) => {
                let expected = self.value(expected)?;
                (!equals(values, &expected)).then(|| differs(values, &expected))
            }
            Comparison::First(expected) => {
                let expected = self.value(expected)?;
                let first = values.as_array().and_then(|list| list.first());
                let found = first.unwrap_or(&Value::Null);
                (!equals(found, &expected)).then(|| differs(found, &expected))
            }
            Comparison::Last(expected) => {
                let expected = self.value(expected)?;
                let last = values.as_array().and_then(|list| list.last());
                let found = last.unwrap_or(&Value::Null);
                let meets = match (found, &expected) {
                    (Value::String(found), Value::String(part)) => found.contains(part.as_str()),
                    _ => equals(found, &expected),
                };
                (!meets).then(|| differs(found, &expected))
            }
            Comparison::At(path, expected) => {
                let (body, expected) = (body(), self.value(expected)?);
                let found = path.query(&body).first().cloned().unwrap_or_default();
                (!loosely_equal(&found, &expected)).then(|| differs(&found, &expected))
            }
            Comparison::Has(path) => path
                .query(&body())
                .is_empty()
                .then(|| format!("the {name} has nothing at {path}")),
            Comparison::Status(allowed) => {
                let status = response.map_or(0, |response| u64::from(response.status));
                (!allowed.contains(&status))
                    .then(|| format!("the HTTP status is {status}, expected {allowed:?}"))
            }
            Comparison::ContentType(expected) => {
                let expected = expected.render(&self.script.templates, &self.variables)?;
                let found = response
                    .and_then(|it| it.header("content-type"))
                    .unwrap_or("");
                (!found.contains(&*expected))
                    .then(|| format!("the content type is `{found}`, expected `{expected}`"))
            }
        })
    }

    pub(super) fn capture(
        &self,
        expectation: &Expectation,
        values: &Value,
        response: Option<&Response>,
    ) -> Result<(), Failure> {
        for capture in &expectation.captures {
            let name = &capture.name;
            let found = match &capture.from {
                Captured::Expression(expression) => Some(self.evaluate(expression)?),
                Captured::Path(path) => {
                    let root = root_of(expectation, values);
                    let body = response.map_or_else(|| root.clone(), Response::json);
                    path.query(&body).first().cloned()
                }
                Captured::Header(header) => response
                    .and_then(|response| response.header(header))
                    .map(|value| Value::String(value.to_owned())),
            };
            let value = found.ok_or_else(|| {
                self.fail(Stage::Expect, format!("nothing to capture for `{name}`"))
            })?;
            self.scope.set_json(name.clone(), &value);
        }
        Ok(())
    }
}

/// Numbers and texts are compared as texts, as artillery does.
fn loosely_equal(found: &Value, expected: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    equals(found, expected) || (text(found).is_some() && text(found) == text(expected))
}

/// The value at which paths begin.
fn root_of<'a>(expectation: &Expectation, values: &'a Value) -> &'a Value {
    match values.as_array().map(Vec::as_slice) {
        Some([single]) if expectation.takes_single => single,
        _ => values,
    }
}
