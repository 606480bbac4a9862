//! Names of channels.

use alloc::string::String;
use core::fmt;

/// The name of a channel, with the prefix of its kind.
///
/// ```
/// use tidewire_core::echo::{ChannelKind, ChannelName};
///
/// let name = ChannelName::new(ChannelKind::Presence, "chat.1")?;
/// assert_eq!(name.as_str(), "presence-chat.1");
/// // A full name has its kind.
/// assert_eq!(ChannelName::new(ChannelKind::Public, "private-orders")?.kind(), ChannelKind::Private);
/// assert!(ChannelName::new(ChannelKind::Public, "two\r\nlines").is_err());
/// # Ok::<(), tidewire_core::echo::InvalidChannel>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelName(String);

/// The kind of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelKind {
    /// Anybody may join.
    Public,
    /// The server asks Laravel who may join. Members may whisper.
    Private,
    /// A private channel that tells its members who is in it.
    Presence,
}

/// Why a name is not that of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidChannel {
    /// It is empty.
    Empty,
    /// It has more than 200 characters, prefix included.
    TooLong,
    /// It has a control character, such as a line break or NUL.
    ControlCharacter,
}

/// The most characters, as in Pusher's protocol.
const LIMIT: usize = 200;

impl ChannelKind {
    /// The prefix of the names of this kind.
    pub const fn prefix(self) -> &'static str {
        match self {
            ChannelKind::Public => "",
            ChannelKind::Private => "private-",
            ChannelKind::Presence => "presence-",
        }
    }
}

impl ChannelName {
    /// Makes the name of a channel: the prefix of the kind, then `name`.
    ///
    /// # Errors
    /// If it is empty, has more than 200 characters or a control character.
    pub fn new(kind: ChannelKind, name: &str) -> Result<Self, InvalidChannel> {
        let mut full = String::from(kind.prefix());
        full.push_str(name);
        if name.is_empty() {
            Err(InvalidChannel::Empty)
        } else if full.chars().count() > LIMIT {
            Err(InvalidChannel::TooLong)
        } else if full.chars().any(char::is_control) {
            Err(InvalidChannel::ControlCharacter)
        } else {
            Ok(ChannelName(full))
        }
    }

    /// The name, with its prefix.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The kind, by the prefix.
    pub fn kind(&self) -> ChannelKind {
        let has = |kind: ChannelKind| self.0.starts_with(kind.prefix());
        if has(ChannelKind::Presence) {
            ChannelKind::Presence
        } else if has(ChannelKind::Private) {
            ChannelKind::Private
        } else {
            ChannelKind::Public
        }
    }

    /// Returns whether the server asks Laravel before it accepts a client: the name contains `private-` or `presence-`.
    pub fn is_authorized(&self) -> bool {
        let contains = |kind: ChannelKind| self.0.contains(kind.prefix());
        contains(ChannelKind::Private) || contains(ChannelKind::Presence)
    }
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl InvalidChannel {
    /// The text of the error.
    pub const fn as_str(self) -> &'static str {
        match self {
            InvalidChannel::Empty => "the name of a channel is empty",
            InvalidChannel::TooLong => "the name of a channel has more than 200 characters",
            InvalidChannel::ControlCharacter => {
                "the name of a channel has a control character, such as a line break"
            }
        }
    }
}

impl fmt::Display for InvalidChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl core::error::Error for InvalidChannel {}
