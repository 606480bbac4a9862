//! Steps between users: messages from client to client, and presence.

use serde_json::{Value, json};
use tidewire::peers::PeerMessage;

use super::actor::{Actor, to_json};
use super::search::Search;
use crate::engine::Failure;
use crate::script::model::{Exchange, Presence, Step, Wait};
use crate::stats::Stage;

impl Actor {
    pub(super) async fn exchange(&self, step: &Step, exchange: &Exchange) -> Result<(), Failure> {
        let channel = self.own_channel(step).await?;
        let to = match self.json(&exchange.to)? {
            Value::String(id) => id,
            other => {
                let text = format!("`to` is {other}: expected a socket id");
                return Err(self.fail(Stage::Template, text));
            }
        };
        let tag = exchange
            .deliver
            .map(|within| self.user.tag_for("exchange", 1, within, true));
        if let Some(tag) = &tag {
            self.scope.set("tag", minijinja::Value::from(tag.as_str()));
        }
        let sent = match self.event_value(&exchange.payload, &mut 0) {
            Ok(payload) => channel.exchange(&to, payload).await,
            Err(text) => Err(self.fail(Stage::Template, text)),
        };
        if let (Err(_), Some(tag)) = (&sent, &tag) {
            self.user.forget(tag);
        }
        sent
    }

    /// Waits for the members, whose ids are a variable from then on.
    pub(super) async fn presence(&self, step: &Step, presence: &Presence) -> Result<(), Failure> {
        let channel = self.own_channel(step).await?;
        let members = self.json(&presence.members)?;
        let members = members.as_u64().and_then(|it| usize::try_from(it).ok());
        let members = members.ok_or_else(|| {
            self.fail(
                Stage::Template,
                "the number of members is not a whole number",
            )
        })?;
        let timeout = presence.timeout.unwrap_or(self.user.timeout());
        let start = channel.begin_wait();
        channel.presence_within(members, timeout, start).await?;
        self.scope
            .set_json("members", &Value::from(channel.members()?));
        Ok(())
    }

    pub(super) async fn receive(&self, step: &Step, wait: &Wait) -> Result<(), Failure> {
        let channel = self.own_channel(step).await?;
        let timeout = wait.timeout.unwrap_or(self.user.timeout());
        let start = channel.begin_wait();
        let mut search = Search::new(self, wait);
        let message = channel
            .receive_within(timeout, start, |message| search.takes(&values(message)))
            .await?;
        search.end(&values(&message))
    }
}

/// The payload, and the socket id of the sender.
fn values(message: &PeerMessage) -> Value {
    let payload = message.payload::<tidewire::Value>();
    json!([
        payload.map_or(Value::Null, |it| to_json(&it)),
        message.sender()
    ])
}
