//! The channels of a client: when each is subscribed to, and the news from each.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use serde_json::Value;

use super::channel::{ChannelKind, ChannelName};
use super::members::{InvalidData, Member, Members, News, members};
use super::message::{PRESENCE_JOINING, PRESENCE_LEAVING, PRESENCE_SUBSCRIBED, SUBSCRIPTION_ERROR};

/// The channels of a client. At most 10,000.
///
/// Its methods:
///
/// * commands: [`subscribe`](Channels::subscribe), [`leave`](Channels::leave);
/// * answers to a [`Ticket`], which is a subscription whose headers are awaited: [`send`](Channels::send), [`fail`](Channels::fail);
/// * handlers: [`handle_connected`](Channels::handle_connected), [`handle_disconnected`](Channels::handle_disconnected),
///   [`handle_event`](Channels::handle_event);
/// * getters.
///
/// ```
/// use serde_json::json;
/// use tidewire_core::echo::{ChannelKind, ChannelName, Channels, PRESENCE_SUBSCRIBED};
///
/// let mut channels = Channels::new();
/// let chat = ChannelName::new(ChannelKind::Presence, "chat.1")?;
/// // Not connected yet: the connect subscribes.
/// assert_eq!(channels.subscribe(&chat)?, None);
/// let tickets = channels.handle_connected();
/// // The headers are there, so the subscription goes to the server.
/// assert!(channels.send(&tickets[0]));
/// let list = json!([{"user_id": 1, "user_info": {"name": "Ann"}, "socketId": "a"}]);
/// channels.handle_event(PRESENCE_SUBSCRIBED, chat.as_str(), &list)?;
/// assert_eq!(channels.members(&chat).expect("it is joined").len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Channels {
    is_connected: bool,
    /// The number of the next ticket.
    next: u64,
    joined: BTreeMap<ChannelName, Joined>,
}

#[derive(Debug, Clone, Default)]
struct Joined {
    state: State,
    members: Members,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    /// Not subscribed: the client is not connected, the headers have failed, or the server has refused.
    #[default]
    Idle,
    /// The headers are awaited, by the ticket with this number.
    Asking(u64),
    /// The server has the subscription.
    Sent,
}

/// A subscription whose headers are awaited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    channel: ChannelName,
    number: u64,
}

/// The client has 10,000 channels already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyChannels;

/// The most channels.
const LIMIT: usize = 10_000;

impl Ticket {
    /// The channel.
    pub fn channel(&self) -> &ChannelName {
        &self.channel
    }
}

impl Channels {
    /// No channels, and not connected.
    pub const fn new() -> Self {
        Channels {
            is_connected: false,
            next: 0,
            joined: BTreeMap::new(),
        }
    }

    /// Joins a channel. Returns a ticket if the subscription is to be sent now.
    ///
    /// It is not if the client is not connected (the connect gives a ticket), or has subscribed already. A channel that was refused
    /// is tried again.
    ///
    /// # Errors
    /// If the client has 10,000 channels already.
    pub fn subscribe(&mut self, channel: &ChannelName) -> Result<Option<Ticket>, TooManyChannels> {
        if !self.joined.contains_key(channel) {
            if self.joined.len() >= LIMIT {
                return Err(TooManyChannels);
            }
            self.joined.insert(channel.clone(), Joined::default());
        }
        let joined = self.joined.get_mut(channel);
        let idle = joined.filter(|joined| self.is_connected && joined.state == State::Idle);
        Ok(idle.map(|joined| joined.ask(channel, &mut self.next)))
    }

    /// Leaves a channel. Returns whether the server has to be told.
    pub fn leave(&mut self, channel: &ChannelName) -> bool {
        let left = self.joined.remove(channel);
        left.is_some_and(|joined| joined.state == State::Sent)
    }

    /// The headers of a ticket are there. Returns whether the subscription is still to be sent, which the caller does at once.
    pub fn send(&mut self, ticket: &Ticket) -> bool {
        self.settle(ticket, State::Sent)
    }

    /// The headers of a ticket have failed. Returns whether the subscription still waited for them.
    pub fn fail(&mut self, ticket: &Ticket) -> bool {
        self.settle(ticket, State::Idle)
    }

    /// The client has connected: returns a ticket for each channel, sorted by name.
    pub fn handle_connected(&mut self) -> Vec<Ticket> {
        self.is_connected = true;
        let next = &mut self.next;
        let ask = |(channel, joined): (&ChannelName, &mut Joined)| joined.ask(channel, next);
        self.joined.iter_mut().map(ask).collect()
    }

    /// The connection is lost: forgets the members, and takes back the tickets.
    pub fn handle_disconnected(&mut self) {
        self.is_connected = false;
        for joined in self.joined.values_mut() {
            *joined = Joined::default();
        }
    }

    /// Takes an event of the server by its name and arguments. Returns the news of a channel that the client has joined.
    ///
    /// Events of the application are none.
    ///
    /// # Errors
    /// If the data is of another type than the event's.
    pub fn handle_event(
        &mut self,
        event: &str,
        channel: &str,
        data: &Value,
    ) -> Result<Option<News>, InvalidData> {
        let Some((name, joined)) = find(&mut self.joined, channel) else {
            return Ok(None);
        };
        let news = match (event, name.kind()) {
            (SUBSCRIPTION_ERROR, _) => News::Refused(status(data)?),
            (PRESENCE_SUBSCRIBED, ChannelKind::Presence) => News::Here(members(data)?),
            (PRESENCE_JOINING, ChannelKind::Presence) => News::Joining(Member::read(data)?),
            (PRESENCE_LEAVING, ChannelKind::Presence) => News::Leaving(Member::read(data)?),
            _ => return Ok(None),
        };
        if matches!(news, News::Refused(_)) {
            joined.state = State::Idle;
        }
        joined.members.apply(&news);
        Ok(Some(news))
    }

    /// The channels that the client has joined, sorted by name.
    pub fn names(&self) -> impl Iterator<Item = &ChannelName> {
        self.joined.keys()
    }

    /// The members of a channel; `None` if the client has not joined it.
    pub fn members(&self, channel: &ChannelName) -> Option<&Members> {
        self.joined.get(channel).map(|joined| &joined.members)
    }

    fn settle(&mut self, ticket: &Ticket, state: State) -> bool {
        let joined = self.joined.get_mut(&ticket.channel);
        let waiting = joined.filter(|joined| joined.state == State::Asking(ticket.number));
        waiting.map(|joined| joined.state = state).is_some()
    }
}

impl Joined {
    fn ask(&mut self, channel: &ChannelName, next: &mut u64) -> Ticket {
        let number = *next;
        *next += 1;
        self.state = State::Asking(number);
        Ticket {
            channel: channel.clone(),
            number,
        }
    }
}

/// Finds a channel by a name of the server, which may be any text.
fn find<'a>(
    joined: &'a mut BTreeMap<ChannelName, Joined>,
    channel: &str,
) -> Option<(&'a ChannelName, &'a mut Joined)> {
    let name = ChannelName::new(ChannelKind::Public, channel).ok()?;
    joined.range_mut(name.clone()..=name).next()
}

/// The status of a refusal.
fn status(data: &Value) -> Result<u16, InvalidData> {
    let status = data.as_u64().and_then(|status| u16::try_from(status).ok());
    status.ok_or(InvalidData::new("a status, a number from 0 to 65,535"))
}

impl fmt::Display for TooManyChannels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("10,000 channels are joined already: leave some of them first")
    }
}

impl core::error::Error for TooManyChannels {}
