//! Reading the events of channels: a channel, then data.

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use tidewire_core::echo::{ChannelName, Member};

use crate::args;
use crate::error::SocketError;
use crate::event::Message;

/// Whether an event is for the channel. Its first argument says so.
pub(super) fn is_for(message: &Message, channel: &ChannelName) -> bool {
    let first = message.args::<String>();
    first.is_ok_and(|first| first == channel.as_str())
}

/// The data of an event for the channel; `None` if it is for another.
pub(super) fn data<T: DeserializeOwned>(
    message: &Message,
    channel: &ChannelName,
) -> Result<Option<T>, SocketError> {
    if !is_for(message, channel) {
        return Ok(None);
    }
    match message.args() {
        Ok((IgnoredAny, data)) => Ok(Some(data)),
        Err(source) => Err(mismatch(message, source)),
    }
}

/// The data of an event for the channel, `null` if it has none; `None` if it is for another.
pub(super) fn value(message: &Message, channel: &ChannelName) -> Option<Value> {
    let (named, data) = arguments(message)?;
    (named == channel.as_str()).then_some(data)
}

/// The data that Laravel gives about a member.
pub(super) fn info<T: DeserializeOwned>(
    message: &Message,
    member: &Member,
) -> Result<T, SocketError> {
    let json = member.user_info.to_string();
    args::decode_value(json.as_bytes()).map_err(|source| mismatch(message, source))
}

/// The arguments of an event about channels; `None` if it has none.
pub(super) fn arguments(message: &Message) -> Option<(String, Value)> {
    let (channel, data): (String, Option<Value>) = message.args().ok()?;
    Some((channel, data.unwrap_or_default()))
}

fn mismatch(message: &Message, source: args::DecodeError) -> SocketError {
    SocketError::Decode {
        event: message.name().into_owned(),
        source,
    }
}
