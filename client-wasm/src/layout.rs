//! What both languages must agree on: calls, words and options, each known by its place in a table.
//!
//! `cargo xtask npm` writes `npm/src/machine/layout.ts` of these tables; a test fails when that file is stale.

/// What `poll` gives when there is nothing more; then the numbers are those of the slots to be cleared, behind their count.
pub const NOTHING: u32 = 0;

/// An enum whose variants stand for texts, and the texts in the same order.
macro_rules! table {
    ($(#[$doc:meta])* $name:ident, $(#[$list_doc:meta])* $list:ident: $text:ty, $($variant:ident = $value:expr,)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum $name { $(#[doc = stringify!($value)] $variant,)* }

        impl $name {
            /// All of them, in order.
            pub const ALL: &[$name] = &[$($name::$variant,)*];

            /// The one at this place.
            pub fn at(place: u32) -> Option<$name> {
                $name::ALL.get(place as usize).copied()
            }
        }

        $(#[$list_doc])*
        pub const $list: &[$text] = &[$($value,)*];
    };
}

table! {
    /// What JavaScript asks for; [`abi::call`](crate::abi::call) says with which arguments.
    Op,
    /// The names of the operations.
    OPS: &str,
    Version = "Version",
    Numbers = "Numbers",
    Bytes = "Bytes",
    Text = "Text",
    Room = "Room",
    Set = "Set",
    Create = "Create",
    Free = "Free",
    Namespace = "Namespace",
    Connect = "Connect",
    Authorize = "Authorize",
    Emit = "Emit",
    Reply = "Reply",
    Cancel = "Cancel",
    Clear = "Clear",
    Disconnect = "Disconnect",
    Close = "Close",
    Opened = "Opened",
    Packet = "Packet",
    Answer = "Answer",
    Lost = "Lost",
    Hint = "Hint",
    Timeout = "Timeout",
    Poll = "Poll",
    Connected = "Connected",
    Offline = "Offline",
    Generation = "Generation",
    Transport = "Transport",
    Backlog = "Backlog",
    Recovers = "Recovers",
    Open = "Open",
    Configure = "Configure",
    Reject = "Reject",
}

table! {
    /// What the machine calls on its host.
    Call,
    /// The names of the calls in the contract, and their arguments:
    ///
    /// | letter | argument | numbers |
    /// |---|---|---|
    /// | `n` | a number | itself |
    /// | `b` | a boolean | 0 or 1 |
    /// | `w` | one of [`WORDS`] | its place |
    /// | `s` | a string | its length in bytes; the bytes follow those of the string before |
    /// | `p` | a payload, or none | -1, or the slot and how many units of the value's front are cut off |
    /// | `l` | payloads | their count; each as `p` |
    /// | `t` | a target | transport (`w`), query (`s`), generation of the form (0: not known), session (`s`; empty: none) |
    /// | `f` | a frame | 1 for binary, head (`s`), payload (`p`) |
    /// | `F` | frames | their count; each as `f` |
    /// | `r` | a reply, or none | -1, or the session and the id |
    CALLS: (&str, &str),
    Open = ("open", "nt"),
    Send = ("send", "nf"),
    Get = ("get", "nt"),
    Post = ("post", "ntF"),
    Drop = ("drop", "n"),
    Opened = ("opened", ""),
    Upgraded = ("upgraded", ""),
    UpgradeFailed = ("upgradeFailed", ""),
    OpenFailed = ("openFailed", "w"),
    Closed = ("closed", "w"),
    Malformed = ("malformed", "w"),
    Reconnecting = ("reconnecting", "nn"),
    ReconnectFailed = ("reconnectFailed", ""),
    AuthWanted = ("authWanted", "n"),
    Connected = ("connected", "nsb"),
    Refused = ("refused", "nwp"),
    Disconnected = ("disconnected", "nw"),
    ServerError = ("serverError", "np"),
    Message = ("message", "nplr"),
    EmitDropped = ("emitDropped", "np"),
    Acked = ("acked", "nnpl"),
    AckLost = ("ackLost", "nnw"),
}

table! {
    /// A word of the contract's.
    Word,
    /// The words themselves.
    WORDS: &str,
    Polling = "polling",
    WebSocket = "websocket",
    ServerDisconnect = "io server disconnect",
    ClientDisconnect = "io client disconnect",
    PingTimeout = "ping timeout",
    TransportClose = "transport close",
    TransportError = "transport error",
    ParseError = "parse error",
    ForcedClose = "forced close",
    Transport = "transport",
    Timeout = "timeout",
    Handshake = "handshake",
    Server = "server",
    WrongGeneration = "wrong generation",
    Disconnected = "disconnected",
    Dropped = "dropped",
    BufferFull = "buffer full",
    TooManyAcks = "too many acks",
    TooManyAttachments = "too many attachments",
    StaleReply = "stale reply",
    UnknownType = "unknown packet type",
    Attachments = "illegal attachments",
    Payload = "invalid payload",
    TooLong = "the packet's header is too long",
    TextForBinary = "got plaintext data when reconstructing a packet",
    UnexpectedBinary = "got binary data when not reconstructing a packet",
    TooLarge = "the packet is larger than its limit",
    TooManyEarly = "too many events before CONNECT",
    Online = "online",
    Offline = "offline",
    Foreground = "foreground",
    Background = "background",
    Writable = "writable",
    Congested = "congested",
    Refuse = "refuse",
    DropOldest = "drop oldest",
    DropNewest = "drop newest",
    Failed = "failed",
    LinkClosed = "closed",
}

table! {
    /// A setting of a machine's.
    Setting,
    /// The names of the settings in the contract's `MachineOptions`. A value is a number; a boolean is 0 or 1, a word its
    /// place, and words are the digits of a number: their places, counted from 1.
    SETTINGS: &str,
    Generation = "generation",
    Transports = "transports",
    Upgrade = "upgrade",
    RememberUpgrade = "rememberUpgrade",
    TryAllTransports = "tryAllTransports",
    ReconnectionAttempts = "reconnectionAttempts",
    ReconnectionDelay = "reconnectionDelay",
    ReconnectionDelayMax = "reconnectionDelayMax",
    RandomizationFactor = "randomizationFactor",
    StableAfter = "stableAfter",
    OpenTimeout = "openTimeout",
    ConnectTimeout = "connectTimeout",
    Detection = "detection",
    PingEvery = "pingEvery",
    PingGrace = "pingGrace",
    OfflinePackets = "offlinePackets",
    OfflineBytes = "offlineBytes",
    OfflinePolicy = "offlinePolicy",
    RetryWindow = "retryWindow",
    EarlyEvents = "earlyEvents",
    MaxAcks = "maxAcks",
    MaxAttachments = "maxAttachments",
    MaxPacketBytes = "maxPacketBytes",
    Seed = "seed",
    // The last: `false` overrules the others.
    Reconnection = "reconnection",
}
