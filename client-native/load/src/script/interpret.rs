//! Runs scenarios: what each step does for a user.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use rand::RngExt;
use serde_json::Value;
use tidewire::{Bytes, Message, Variadic};

use super::compare::{equals, includes, short};
use super::http::{Body, HttpClient, Request, Response};
use super::model::{
    Ack, Action, Argument, Captured, ClientTemplates, Comparison, Emit, Expectation, Http,
    HttpBody, Loop, Scenario, Script, Step, Steps, Think, Variable, Wait,
};
use super::scope::Scope;
use super::template::{Compiled, Expression, Template, is_true};
use crate::engine::{Channel, Failure, Interest, Load, Spread, User};
use crate::source::parse_duration;
use crate::stats::{Counter, Kind, Stage};

type Step_<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>>;

/// Makes the load of a script.
pub(crate) fn load(script: &Arc<Script>) -> Load {
    let mut load = Load::on(script.target.clone());
    for phase in &script.phases {
        load = load.phase(phase.clone());
    }
    for scenario in &script.scenarios {
        let (script, own) = (script.clone(), scenario.clone());
        load = load.user(&scenario.name, scenario.weight, move |user| {
            let actor = Actor::new(user, script.clone(), own.clone());
            async move { actor.run().await }
        });
    }
    if let Some(seed) = script.seed {
        load = load.seed(seed);
    }
    load.interest(match &script.awaited {
        None => Interest::All,
        Some(names) => Interest::Names(names.iter().map(|name| name.as_str().into()).collect()),
    })
}

/// One user of a scenario.
struct Actor {
    user: User,
    script: Arc<Script>,
    scenario: Arc<Scenario>,
    scope: Arc<Scope>,
    /// The scope as templates take it.
    variables: minijinja::Value,
    channels: Mutex<HashMap<Arc<str>, Channel>>,
    http: HttpClient,
}

impl Actor {
    fn new(user: User, script: Arc<Script>, scenario: Arc<Scenario>) -> Actor {
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

    async fn run(&self) -> Result<(), Failure> {
        self.prepare()?;
        if let Some(namespace) = &self.scenario.namespace {
            let namespace = self.text(namespace)?;
            self.channel(&namespace).await?;
        }
        self.steps(&self.scenario.steps).await
    }

    /// Gives the user its variables.
    fn prepare(&self) -> Result<(), Failure> {
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

    async fn steps(&self, steps: &Steps) -> Result<(), Failure> {
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
    fn step<'a>(&'a self, step: &'a Step) -> Step_<'a> {
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

    // ---- namespaces ----

    async fn own_channel(&self, step: &Step) -> Result<Channel, Failure> {
        let namespace = match (&step.namespace, &self.scenario.namespace) {
            (Some(namespace), _) | (None, Some(namespace)) => self.text(namespace)?,
            (None, None) => self.script.target.namespace().into(),
        };
        self.channel(&namespace).await
    }

    /// The channel of a namespace; connects it if it is not known yet.
    async fn channel(&self, namespace: &Arc<str>) -> Result<Channel, Failure> {
        let known = {
            let channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
            channels.get(namespace).cloned()
        };
        if let Some(channel) = known {
            return Ok(channel);
        }
        let options = self.client_options()?;
        let channel = self
            .user
            .connect_with(namespace, |builder| options.apply(builder))
            .await?;
        if let Some(id) = channel.socket().id() {
            self.scope.set("id", minijinja::Value::from(&*id));
        }
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.insert(namespace.clone(), channel.clone());
        Ok(channel)
    }

    /// Drops the connection of all namespaces.
    async fn drop_connection(&self) {
        let channels: Vec<Channel> = {
            let channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
            channels.values().cloned().collect()
        };
        channels.iter().for_each(Channel::expect_loss);
        for channel in channels {
            channel.leave_network().await;
        }
    }

    fn client_options(&self) -> Result<ClientOptions, Failure> {
        let mut options = ClientOptions::default();
        for templates in [&self.script.client, &self.scenario.client] {
            let ClientTemplates {
                query,
                headers,
                auth,
            } = templates;
            options.query.extend(self.pairs(query)?);
            options.headers.extend(self.pairs(headers)?);
            if let Some(auth) = auth {
                options.auth = Some(self.json(auth)?);
            }
        }
        Ok(options)
    }

    // ---- events ----

    async fn emit(&self, step: &Step, emit: &Emit) -> Result<(), Failure> {
        let channel = self.own_channel(step).await?;
        let event = self.text(&emit.event)?;
        let tag = match &emit.deliver {
            None => None,
            Some((receivers, within)) => {
                let receivers = self.json(receivers)?.as_u64().ok_or_else(|| {
                    self.fail(
                        Stage::Template,
                        "the number of receivers is not a whole number",
                    )
                })?;
                let tag = self.user.tag(&event, receivers, *within);
                self.scope.set("tag", minijinja::Value::from(tag.as_str()));
                Some(tag)
            }
        };
        let sent = self.send(&channel, &event, emit).await;
        if let (Err(_), Some(tag)) = (&sent, &tag) {
            self.user.forget(tag);
        }
        sent
    }

    async fn send(&self, channel: &Channel, event: &str, emit: &Emit) -> Result<(), Failure> {
        let (args, bytes) = self.arguments(&emit.args)?;
        let start = self.user.person().begin();
        match &emit.ack {
            None => channel.emit_sized(event, args, bytes).await?,
            Some(ack) => self.acked(channel, event, ack, args, bytes).await?,
        }
        if let Some(response) = &emit.response {
            self.await_event(channel, response, start).await?;
        }
        Ok(())
    }

    async fn acked(
        &self,
        channel: &Channel,
        event: &str,
        ack: &Ack,
        args: Variadic,
        bytes: u64,
    ) -> Result<(), Failure> {
        let timeout = ack.timeout.unwrap_or(self.user.timeout());
        if ack.is_later {
            return channel.ack_later_sized(event, args, bytes, timeout);
        }
        let reply: Variadic = channel.ack_sized(event, args, bytes, timeout).await?;
        let values = Value::Array(reply.0.iter().map(to_json).collect());
        self.expect(&ack.expectation, "ack", &values, None)
    }

    async fn wait(&self, step: &Step, wait: &Wait) -> Result<(), Failure> {
        let channel = self.own_channel(step).await?;
        let start = self.user.person().begin();
        self.await_event(&channel, wait, start).await
    }

    async fn await_event(
        &self,
        channel: &Channel,
        wait: &Wait,
        start: crate::engine::Start,
    ) -> Result<(), Failure> {
        let event = self.text(&wait.event)?;
        let timeout = wait.timeout.unwrap_or(self.user.timeout());
        let mut problem = None;
        let arrival = channel
            .wait_for(&event, timeout, start, |message| {
                match self.meets(&wait.wanted, "event", &arguments(message), None) {
                    Ok(outcome) => outcome.is_none(),
                    Err(text) => {
                        problem = Some(text);
                        true
                    }
                }
            })
            .await?;
        if let Some(text) = problem {
            return Err(self.fail(Stage::Template, text));
        }
        let values = arguments(&arrival.message);
        self.capture(&wait.wanted, &values, None)?;
        self.expect(&wait.expectation, "event", &values, None)
    }

    // ---- HTTP ----

    async fn request(&self, http: &Http) -> Result<(), Failure> {
        let request = self.prepare_request(http)?;
        let label = format!("{} {}", request.method, path_of(&request.url));
        let start = self.user.begin();
        let response = self
            .http
            .send(&self.user, request)
            .await
            .map_err(|text| self.fail(Stage::Http, format!("{label}: {text}")))?;
        self.user.finish(Kind::Http, &label, start);
        self.user.recorder().count(Counter::HttpResponses, 1);
        if http.fails_on_status && response.status >= 400 {
            let text = format!("{label}: HTTP status {}", response.status);
            return Err(self.fail(Stage::Http, text));
        }
        let values = response.variable();
        self.expect(&http.expectation, "response", &values, Some(&response))
    }

    fn prepare_request(&self, http: &Http) -> Result<Request, Failure> {
        let body = match &http.body {
            None => None,
            Some(HttpBody::Json(argument)) => Some(Body {
                content: self.json(argument)?.to_string(),
                kind: "application/json",
            }),
            Some(HttpBody::Text(text)) => Some(Body {
                content: self.text(text)?.to_string(),
                kind: "text/plain;charset=UTF-8",
            }),
            Some(HttpBody::Form(pairs)) => Some(Body {
                content: url::form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(self.pairs(pairs)?)
                    .finish(),
                kind: "application/x-www-form-urlencoded",
            }),
        };
        Ok(Request {
            method: http.method.clone(),
            url: self.text(&http.url)?.to_string(),
            query: self.pairs(&http.query)?,
            headers: self.pairs(&http.headers)?,
            body,
            timeout: http.timeout.unwrap_or(self.user.timeout()),
        })
    }

    // ---- time and order ----

    async fn think(&self, think: &Think) -> Result<(), Failure> {
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

    async fn repeat(&self, it: &Loop) -> Result<(), Failure> {
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

    async fn choose(&self, choices: &[(u32, Steps)]) -> Result<(), Failure> {
        let total: u32 = choices.iter().map(|(weight, _)| weight).sum();
        let mut drawn = self
            .scope
            .random(|random| random.random_range(0..total.max(1)));
        for (weight, steps) in choices {
            if drawn < *weight {
                return self.steps(steps).await;
            }
            drawn -= weight;
        }
        Ok(())
    }

    fn set(&self, values: &[(Arc<str>, Argument)]) -> Result<(), Failure> {
        for (name, argument) in values {
            let value = self.json(argument)?;
            self.scope.set_json(name.clone(), &value);
        }
        Ok(())
    }

    // ---- expectations ----

    /// Checks values, then keeps what is captured. `name` is the variable under which templates see the values.
    fn expect(
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
    fn meets(
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

    fn compare(
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

    fn capture(
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

    // ---- values ----

    fn compiled(&self) -> &Compiled {
        &self.script.templates
    }

    fn text(&self, template: &Template) -> Result<Arc<str>, Failure> {
        template
            .render(self.compiled(), &self.variables)
            .map_err(|text| self.fail(Stage::Template, text))
    }

    fn evaluate(&self, expression: &Expression) -> Result<Value, Failure> {
        expression
            .evaluate(self.compiled(), &self.variables)
            .map_err(|text| self.fail(Stage::Template, text))
    }

    fn pairs(&self, pairs: &[(String, Template)]) -> Result<Vec<(String, String)>, Failure> {
        let pair =
            |(name, value): &(String, Template)| Ok((name.clone(), self.text(value)?.to_string()));
        pairs.iter().map(pair).collect()
    }

    fn json(&self, argument: &Argument) -> Result<Value, Failure> {
        self.value(argument)
            .map_err(|text| self.fail(Stage::Template, text))
    }

    /// The value of an argument, without binary.
    fn value(&self, argument: &Argument) -> Result<Value, String> {
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
    fn arguments(&self, args: &[Argument]) -> Result<(Variadic, u64), Failure> {
        let mut bytes = 2 + (args.len() as u64).saturating_sub(1);
        let mut values = Vec::with_capacity(args.len());
        for argument in args {
            let value = self.event_value(argument, &mut bytes);
            values.push(value.map_err(|text| self.fail(Stage::Template, text))?);
        }
        Ok((Variadic(values), bytes))
    }

    fn event_value(&self, argument: &Argument, bytes: &mut u64) -> Result<tidewire::Value, String> {
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

    fn fail(&self, stage: Stage, text: impl Into<Arc<str>>) -> Failure {
        Failure::counted(self.user.recorder(), stage, text)
    }
}

/// The rendered options of a client.
#[derive(Default)]
struct ClientOptions {
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    auth: Option<Value>,
}

impl ClientOptions {
    fn apply(&self, mut builder: tidewire::Builder) -> tidewire::Builder {
        for (key, value) in &self.query {
            builder = builder.query(key, value);
        }
        for (name, value) in &self.headers {
            builder = builder.header(name, value);
        }
        match &self.auth {
            Some(auth) => builder.auth(auth).auth_in_query(true),
            None => builder,
        }
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

/// The arguments of an event as JSON.
fn arguments(message: &Message) -> Value {
    match message.args::<Variadic>() {
        Ok(args) => Value::Array(args.0.iter().map(to_json).collect()),
        Err(_) => Value::Array(Vec::new()),
    }
}

/// A received value as JSON. Binary becomes an object with its length.
fn to_json(value: &tidewire::Value) -> Value {
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

/// The value at which paths begin.
fn root_of<'a>(expectation: &Expectation, values: &'a Value) -> &'a Value {
    match values.as_array().map(Vec::as_slice) {
        Some([single]) if expectation.takes_single => single,
        _ => values,
    }
}

/// The part of a URL that is a label: without the host and the query.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| {
        rest.find('/').map_or("/", |start| &rest[start..])
    });
    rest.split(['?', '#']).next().unwrap_or(rest)
}
