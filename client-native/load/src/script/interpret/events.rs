//! Steps with namespaces and events.

use std::sync::{Arc, PoisonError};

use serde_json::Value;
use tidewire::{Message, Variadic};

use super::actor::{Actor, to_json};
use super::search::Search;
use crate::engine::{Channel, Failure, Start};
use crate::script::model::{Ack, ClientTemplates, Emit, Step, Wait};
use crate::stats::Stage;

impl Actor {
    pub(super) async fn own_channel(&self, step: &Step) -> Result<Channel, Failure> {
        let namespace = match (&step.namespace, &self.scenario.namespace) {
            (Some(namespace), _) | (None, Some(namespace)) => self.text(namespace)?,
            (None, None) => self.script.target.namespace().into(),
        };
        self.channel(&namespace).await
    }

    /// The channel of a namespace; connects it if it is not known yet.
    pub(super) async fn channel(&self, namespace: &Arc<str>) -> Result<Channel, Failure> {
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
    pub(super) async fn drop_connection(&self) {
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

    pub(super) async fn emit(&self, step: &Step, emit: &Emit) -> Result<(), Failure> {
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

    pub(super) async fn send(
        &self,
        channel: &Channel,
        event: &str,
        emit: &Emit,
    ) -> Result<(), Failure> {
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

    pub(super) async fn acked(
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

    pub(super) async fn wait(&self, step: &Step, wait: &Wait) -> Result<(), Failure> {
        let channel = self.own_channel(step).await?;
        let start = self.user.person().begin();
        self.await_event(&channel, wait, start).await
    }

    pub(super) async fn await_event(
        &self,
        channel: &Channel,
        wait: &Wait,
        start: Start,
    ) -> Result<(), Failure> {
        let event = self.text(&wait.event)?;
        let timeout = wait.timeout.unwrap_or(self.user.timeout());
        let mut search = Search::new(self, wait);
        let arrival = channel
            .wait_for(&event, timeout, start, |message| {
                search.takes(&arguments(message))
            })
            .await?;
        search.end(&arguments(&arrival.message))
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

/// The arguments of an event as JSON.
fn arguments(message: &Message) -> Value {
    match message.args::<Variadic>() {
        Ok(args) => Value::Array(args.0.iter().map(to_json).collect()),
        Err(_) => Value::Array(Vec::new()),
    }
}
