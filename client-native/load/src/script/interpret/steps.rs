//! The order of steps: conditions, loops, choices and pauses.

use std::pin::Pin;
use std::sync::Arc;

use rand::RngExt;
use serde_json::Value;

use super::actor::Actor;
use crate::engine::{Failure, Spread, chosen};
use crate::script::compare::short;
use crate::script::model::{Action, Argument, Loop, Step, Steps, Think, Variable};
use crate::script::template::is_true;
use crate::source::parse_duration;
use crate::stats::Stage;

type Running<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>>;

impl Actor {
    pub(super) async fn run(&self) -> Result<(), Failure> {
        self.prepare()?;
        if let Some(namespace) = &self.scenario.namespace {
            let namespace = self.text(namespace)?;
            self.channel(&namespace).await?;
        }
        self.steps(&self.scenario.steps).await
    }

    /// Gives the user its variables.
    pub(super) fn prepare(&self) -> Result<(), Failure> {
        for data in &self.script.data {
            data.give(&self.scope)
                .map_err(|text| self.fail(Stage::Template, text))?;
        }
        for (name, variable) in &self.script.variables {
            let value = match variable {
                Variable::Value(argument) => self.json(argument)?,
                Variable::OneOf(values) => {
                    let most = values.len().max(1);
                    let index = self.scope.random(|random| random.random_range(0..most));
                    values.get(index).cloned().unwrap_or_default()
                }
            };
            self.scope.set_json(name.clone(), &value);
        }
        Ok(())
    }

    pub(super) async fn steps(&self, steps: &Steps) -> Result<(), Failure> {
        for step in steps.iter() {
            if let Some(condition) = &step.condition
                && !is_true(&self.evaluate(condition)?)
            {
                continue;
            }
            match self.step(step).await {
                Err(failure) if failure.is_stop() || !self.scenario.goes_on => return Err(failure),
                // The error is counted.
                Err(_) | Ok(()) => {}
            }
        }
        Ok(())
    }

    /// Boxed, because steps hold steps.
    pub(super) fn step<'a>(&'a self, step: &'a Step) -> Running<'a> {
        Box::pin(async move {
            if self.user.is_stopping() {
                return Err(Failure::stop());
            }
            match &step.action {
                Action::Connect => self.own_channel(step).await.map(|_| ()),
                Action::Emit(emit) => self.emit(step, emit).await,
                Action::Wait(wait) => self.wait(step, wait).await,
                Action::Http(http) => self.request(http).await,
                Action::Think(think) => self.think(think).await,
                Action::Loop(it) => self.repeat(it).await,
                Action::Group(steps) => self.steps(steps).await,
                Action::Choose(choices) => self.choose(choices).await,
                Action::Set(values) => self.set(values),
                Action::Log(text) => {
                    self.script.log.write(&self.text(text)?);
                    Ok(())
                }
                Action::Exchange(exchange) => self.exchange(step, exchange).await,
                Action::Presence(presence) => self.presence(step, presence).await,
                Action::Receive(wait) => self.receive(step, wait).await,
                Action::Disconnect => {
                    self.own_channel(step).await?.disconnect().await;
                    Ok(())
                }
                Action::Return => self.own_channel(step).await?.connect_again().await,
                Action::Reconnect => {
                    let channel = self.own_channel(step).await?;
                    channel.disconnect().await;
                    channel.connect_again().await
                }
                Action::Drop => {
                    self.drop_connection().await;
                    Ok(())
                }
                Action::Stay => self.user.stay().await,
            }
        })
    }

    pub(super) async fn think(&self, think: &Think) -> Result<(), Failure> {
        let pause = match think {
            Think::Fixed(spread) => *spread,
            Think::Template(argument) => {
                let value = self.json(argument)?;
                let text = match &value {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                let time = parse_duration(&text);
                Spread::Constant(time.map_err(|text| self.fail(Stage::Template, text))?)
            }
        };
        self.user.think(pause).await
    }

    pub(super) async fn repeat(&self, it: &Loop) -> Result<(), Failure> {
        let end = it.lasting.map(|time| tokio::time::Instant::now() + time);
        let mut pace = it.every.map(|gap| self.user.pace(gap));
        let over = match &it.over {
            None => None,
            Some(list) => match self.json(list)? {
                Value::Array(values) => Some(values),
                other => {
                    let text = format!("`over` is {}: expected a list", short(&other));
                    return Err(self.fail(Stage::Template, text));
                }
            },
        };
        let times = match &it.times {
            None => u64::MAX,
            Some(times) => self.json(times)?.as_u64().ok_or_else(|| {
                self.fail(
                    Stage::Template,
                    "the number of rounds is not a whole number",
                )
            })?,
        };
        let (round_name, element_name) = &it.names;
        for round in 0..times {
            if let Some(pace) = &mut pace {
                pace.tick().await?;
            }
            if end.is_some_and(|end| tokio::time::Instant::now() >= end) {
                break;
            }
            let number = it.first + round;
            self.scope
                .set(round_name.clone(), minijinja::Value::from(number));
            match &over {
                None => self
                    .scope
                    .set(element_name.clone(), minijinja::Value::from(number)),
                Some(values) => match values.get(usize::try_from(round).unwrap_or(usize::MAX)) {
                    Some(value) => self.scope.set_json(element_name.clone(), value),
                    None => break,
                },
            }
            if let Some(condition) = &it.condition
                && !is_true(&self.evaluate(condition)?)
            {
                break;
            }
            self.steps(&it.steps).await?;
            if self.user.is_stopping() {
                return Err(Failure::stop());
            }
            // A loop without a pause must not keep other users from running.
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    pub(super) async fn choose(&self, choices: &[(u32, Steps)]) -> Result<(), Failure> {
        let weights = choices.iter().map(|(weight, _)| *weight);
        match self.scope.random(|random| chosen(weights, random)) {
            Some(number) => self.steps(&choices[number].1).await,
            None => Ok(()),
        }
    }

    pub(super) fn set(&self, values: &[(Arc<str>, Argument)]) -> Result<(), Failure> {
        for (name, argument) in values {
            let value = self.json(argument)?;
            self.scope.set_json(name.clone(), &value);
        }
        Ok(())
    }
}
