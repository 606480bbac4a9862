//! The messages between client and server.

use serde::Serialize;

use super::channel::ChannelName;
use super::event::whisper_event;
use super::headers::Headers;
use alloc::string::String;

/// Joins a channel. The argument is a [`Subscription`].
pub const SUBSCRIBE: &str = "subscribe";
/// Leaves a channel. The argument is a [`Subscription`].
pub const UNSUBSCRIBE: &str = "unsubscribe";
/// Sends a [`Whisper`] to the others in a channel.
pub const CLIENT_EVENT: &str = "client event";
/// The server refuses a subscription: the channel, and the status of Laravel's response (0: Laravel cannot be reached).
pub const SUBSCRIPTION_ERROR: &str = "subscription_error";
/// The client is in a presence channel: the channel, and the members.
pub const PRESENCE_SUBSCRIBED: &str = "presence:subscribed";
/// A user joined: the channel, and the member.
pub const PRESENCE_JOINING: &str = "presence:joining";
/// A user has gone: the channel, and the member.
pub const PRESENCE_LEAVING: &str = "presence:leaving";
/// The header of a request to Laravel that has the id of the socket: its broadcasts skip that socket (`toOthers`).
pub const X_SOCKET_ID: &str = "X-Socket-ID";

/// The argument of `subscribe` and `unsubscribe`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subscription<'a> {
    channel: &'a str,
    auth: Auth,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Auth {
    headers: Headers,
}

impl<'a> Subscription<'a> {
    /// A subscription with headers, which are dropped if the server does not authorize the channel.
    pub fn new(channel: &'a ChannelName, headers: Headers) -> Self {
        let headers = match channel.is_authorized() {
            true => headers,
            false => Headers::new(),
        };
        Subscription {
            channel: channel.as_str(),
            auth: Auth { headers },
        }
    }
}

/// The argument of `client event`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Whisper<'a, T> {
    channel: &'a str,
    event: String,
    data: T,
}

impl<'a, T> Whisper<'a, T> {
    /// A whisper, by its name without `client-`.
    pub fn new(channel: &'a ChannelName, name: &str, data: T) -> Self {
        Whisper {
            channel: channel.as_str(),
            event: whisper_event(name),
            data,
        }
    }
}
