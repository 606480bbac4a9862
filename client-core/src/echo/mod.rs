//! Echo channels: the messages of laravel-echo and laravel-echo-server, and which channels a client has.
//!
//! Pure rules and one state machine, for hosts to build on:
//!
//! * [`ChannelName`] and [`EventNames`], the names as Laravel makes them;
//! * [`Channels`], which says when a subscription is sent, and who is in a presence channel;
//! * [`Headers`], [`Subscription`] and [`Whisper`], the messages to the server.
//!
//! # Rules
//!
//! | rule | reason |
//! |---|---|
//! | An event that starts with `.` or `\` is named by the rest; any other gets the namespace, and `\` for each `.` | laravel-echo |
//! | An event is for a channel if its first argument is the name of that channel, and its second is the data | laravel-echo-server |
//! | An event for a channel that the client has not joined is ignored | a server may send on while the client leaves |
//! | Each connect subscribes to every channel again | the server forgets channels with the connection, and the socket has a new id |
//! | The answer of the function that gives the headers counts only for the connection and the subscription that asked | a channel may be left meanwhile |
//! | Headers go with channels that the server authorizes only: their names contain `private-` or `presence-` | laravel-echo-server looks for these anywhere in the name |
//! | A refused channel is not left at the server, and each connect tries it again | the client is not in it; the token may be new |
//! | The members of a presence channel are one for each user id; numbers and texts of the same digits are one id | laravel-echo-server |
//! | An entry of the list of members without a user id is ignored; a list that is no list is an error | one user cannot hide the others |
//! | Presence events for a channel of another kind are ignored | laravel-echo |
//! | A disconnect forgets the members | the server sends the list at each subscription |
//!
//! `tests/vectors/echo.json` tests the rules; implementations in other languages can run it, too.
//!
//! laravel-echo-server is built on socket.io 2.x (Engine.IO 3). The rules do not depend on the version.

mod channel;
mod channels;
mod event;
mod headers;
mod members;
mod message;

pub use channel::{ChannelKind, ChannelName, InvalidChannel};
pub use channels::{Channels, Ticket, TooManyChannels};
pub use event::{EventNames, NOTIFICATION, whisper_event};
pub use headers::{Headers, InvalidHeader};
pub use members::{InvalidData, Member, Members, News, members};
pub use message::{
    CLIENT_EVENT, PRESENCE_JOINING, PRESENCE_LEAVING, PRESENCE_SUBSCRIBED, SUBSCRIBE,
    SUBSCRIPTION_ERROR, Subscription, UNSUBSCRIBE, Whisper, X_SOCKET_ID,
};
