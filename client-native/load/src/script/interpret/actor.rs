//! One user of a scenario: its variables, and the values of templates.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tidewire::{Bytes, Variadic};

use crate::engine::{Channel, Failure, User};
use crate::script::http::HttpClient;
use crate::script::model::{Argument, Scenario, Script};
use crate::script::scope::Scope;
use crate::script::template::{Compiled, Expression, Template};
use crate::stats::Stage;

/// One user of a scenario.
pub(super) struct Actor {
    pub(super) user: User,
    pub(super) script: Arc<Script>,
    pub(super) scenario: Arc<Scenario>,
    pub(super) scope: Arc<Scope>,
    /// The scope as templates take it.
    pub(super) variables: minijinja::Value,
    pub(super) channels: Mutex<HashMap<Arc<str>, Channel>>,
    pub(super) http: HttpClient,
}

impl Actor {
    pub(super) fn new(user: User, script: Arc<Script>, scenario: Arc<Scenario>) -> Actor {
        let scope = Arc::new(Scope::new(user.clone()));
        Actor {
            user,
            script,
            scenario,
            variables: minijinja::Value::from_dyn_object(scope.clone()),
            scope,
            channels: Mutex::default(),
            http: HttpClient::default(),
        }
    }

    pub(super) fn compiled(&self) -> &Compiled {
        &self.script.templates
    }

    pub(super) fn text(&self, template: &Template) -> Result<Arc<str>, Failure> {
        template
            .render(self.compiled(), &self.variables)
            .map_err(|text| self.fail(Stage::Template, text))
    }

    pub(super) fn evaluate(&self, expression: &Expression) -> Result<Value, Failure> {
        expression
            .evaluate(self.compiled(), &self.variables)
            .map_err(|text| self.fail(Stage::Template, text))
    }

    pub(super) fn pairs(
        &self,
        pairs: &[(String, Template)],
    ) -> Result<Vec<(String, String)>, Failure> {
        let pair =
            |(name, value): &(String, Template)| Ok((name.clone(), self.text(value)?.to_string()));
        pairs.iter().map(pair).collect()
    }

    pub(super) fn json(&self, argument: &Argument) -> Result<Value, Failure> {
        self.value(argument)
            .map_err(|text| self.fail(Stage::Template, text))
    }

    /// The value of an argument, without binary.
    pub(super) fn value(&self, argument: &Argument) -> Result<Value, String> {
        Ok(match argument {
            Argument::Fixed(value, _) => to_json(value),
            Argument::Text(template) => Value::String(
                template
                    .render(self.compiled(), &self.variables)?
                    .to_string(),
            ),
            Argument::Expression(expression) => {
                expression.evaluate(self.compiled(), &self.variables)?
            }
            Argument::List(list) => {
                let values: Result<_, String> = list.iter().map(|it| self.value(it)).collect();
                Value::Array(values?)
            }
            Argument::Object(members) => {
                let member =
                    |(key, value): &(String, Argument)| Ok((key.clone(), self.value(value)?));
                let members: Result<_, String> = members.iter().map(member).collect();
                Value::Object(members?)
            }
            Argument::Binary(_) => return Err("binary cannot stand here".into()),
        })
    }

    /// The arguments of an event, and their bytes.
    pub(super) fn arguments(&self, args: &[Argument]) -> Result<(Variadic, u64), Failure> {
        let mut bytes = 2 + (args.len() as u64).saturating_sub(1);
        let mut values = Vec::with_capacity(args.len());
        for argument in args {
            let value = self.event_value(argument, &mut bytes);
            values.push(value.map_err(|text| self.fail(Stage::Template, text))?);
        }
        Ok((Variadic(values), bytes))
    }

    pub(super) fn event_value(
        &self,
        argument: &Argument,
        bytes: &mut u64,
    ) -> Result<tidewire::Value, String> {
        Ok(match argument {
            Argument::Fixed(value, length) => {
                *bytes += length;
                (**value).clone()
            }
            Argument::Binary(length) => {
                *bytes += length;
                let length = usize::try_from(*length).unwrap_or(usize::MAX);
                tidewire::Value::Binary(Bytes::from(vec![0xA5; length]))
            }
            Argument::List(list) => {
                let values = list.iter().map(|it| self.event_value(it, bytes));
                tidewire::Value::Array(values.collect::<Result<_, _>>()?)
            }
            Argument::Object(members) => {
                let mut values = Vec::with_capacity(members.len());
                for (key, value) in members {
                    *bytes += key.len() as u64 + 4;
                    values.push((key.clone(), self.event_value(value, bytes)?));
                }
                tidewire::Value::Object(values)
            }
            Argument::Text(_) | Argument::Expression(_) => {
                let value = self.value(argument)?;
                *bytes += value.to_string().len() as u64;
                value.into()
            }
        })
    }

    pub(super) fn fail(&self, stage: Stage, text: impl Into<Arc<str>>) -> Failure {
        Failure::counted(self.user.recorder(), stage, text)
    }
}

/// A received value as JSON. Binary becomes an object with its length.
pub(super) fn to_json(value: &tidewire::Value) -> Value {
    match value {
        tidewire::Value::Null => Value::Null,
        tidewire::Value::Bool(value) => Value::Bool(*value),
        tidewire::Value::Number(number) => Value::Number(number.clone()),
        tidewire::Value::String(text) => Value::String(text.clone()),
        tidewire::Value::Binary(bytes) => serde_json::json!({"binary": bytes.len()}),
        tidewire::Value::Array(list) => Value::Array(list.iter().map(to_json).collect()),
        tidewire::Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(key, value)| (key.clone(), to_json(value)))
                .collect(),
        ),
    }
}
