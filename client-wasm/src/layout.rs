//! The tables that both languages share: operations, host calls, codes and settings, each known by its position.
//!
//! `cargo xtask npm` writes `npm/src/machine/layout.ts` from these tables; a test fails if that file is stale.

/// The result of `poll` if there is no output; then the call buffer has the idle state, see [`abi::call`](crate::abi::call()).
pub const NO_CALL: u32 = 0;

/// An enum whose variants stand for texts, and the texts in the same order.
macro_rules! table {
    ($(#[$doc:meta])* $name:ident, $(#[$list_doc:meta])* $list:ident: $text:ty, $($variant:ident = $value:expr,)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum $name { $(#[doc = stringify!($value)] $variant,)* }

        impl $name {
            /// All variants, in order.
            pub const ALL: &[$name] = &[$($name::$variant,)*];

            /// Returns the variant at this position.
            pub fn at(index: u32) -> Option<$name> {
                $name::ALL.get(index as usize).copied()
            }
        }

        $(#[$list_doc])*
        pub const $list: &[$text] = &[$($value,)*];
    };
}

table! {
    /// An operation that JavaScript calls; [`abi::call`](crate::abi::call()) lists the arguments.
    Op,
    /// The names of the operations.
    OPS: &str,
    Version = "Version",
    Numbers = "Numbers",
    Reserve = "Reserve",
    Create = "Create",
    Free = "Free",
    Namespace = "Namespace",
    Connect = "Connect",
    Authorize = "Authorize",
    Emit = "Emit",
    Reply = "Reply",
    Cancel = "Cancel",
    Disconnect = "Disconnect",
    Close = "Close",
    Opened = "Opened",
    Packet = "Packet",
    Response = "Response",
    Lost = "Lost",
    Hint = "Hint",
    Timeout = "Timeout",
    Poll = "Poll",
    Offline = "Offline",
    EngineVersion = "EngineVersion",
    Backlog = "Backlog",
    Recovers = "Recovers",
    Open = "Open",
    Configure = "Configure",
    ReportBadPayload = "ReportBadPayload",
    Reopen = "Reopen",
    RemoveOffline = "RemoveOffline",
    Expect = "Expect",
    Answered = "Answered",
    NoteEvent = "NoteEvent",
    Session = "Session",
}

table! {
    /// A method that the machine calls on its host.
    HostCall,
    /// The names of the methods in the contract, and the letters of their arguments:
    ///
    /// | letter | argument | numbers |
    /// |---|---|---|
    /// | `n` | a number | itself |
    /// | `b` | a boolean | 0 or 1 |
    /// | `c` | one of [`CODES`], or none | its position, or -1 |
    /// | `s` | a string | the count of its characters, then the characters (code points) |
    /// | `p` | a payload, or none | -1, or the slot and how many units are cut off the front of the value |
    /// | `l` | payloads | their count; each as `p` |
    /// | `t` | a target | transport (`c`), version to ask for (`c`), version of the polling bodies (`c`), session id (`s`; empty: none) |
    /// | `f` | a packet of Engine.IO itself | its type; 7: the one that probes a link |
    /// | | an attachment | -1 minus the byte in front of it (0: none), payload (`p`) |
    /// | | a Socket.IO packet | 10 plus its type without regard to attachments, attachments, ack id (-1: none), namespace (`s`), its query (`s`), `pid` (`s`) and offset (`s`) of the session to restore, payload (`p`); an empty text is none |
    /// | `F` | frames | their count; each as `f` |
    /// | `r` | a reply, or none | -1, or the session and the id |
    HOST_CALLS: (&str, &str),
    Open = ("open", "nt"),
    Send = ("send", "nf"),
    Get = ("get", "nt"),
    Post = ("post", "ntF"),
    Drop = ("drop", "n"),
    Opened = ("opened", ""),
    Upgraded = ("upgraded", ""),
    UpgradeFailed = ("upgradeFailed", "n"),
    OpenFailed = ("openFailed", "c"),
    Closed = ("closed", "c"),
    Malformed = ("malformed", "c"),
    Reconnecting = ("reconnecting", "nn"),
    ReconnectFailed = ("reconnectFailed", ""),
    AuthRequired = ("authRequired", "n"),
    Connected = ("connected", "nsb"),
    ConnectError = ("connectError", "ncp"),
    Disconnected = ("disconnected", "nc"),
    ServerError = ("serverError", "np"),
    Message = ("message", "nplr"),
    EmitDropped = ("emitDropped", "np"),
    Acked = ("acked", "nnpl"),
    AckLost = ("ackLost", "nnc"),
}

table! {
    /// A text of the contract that both languages know by its position.
    Code,
    /// The texts.
    CODES: &str,
    Polling = "polling",
    WebSocket = "websocket",
    WebTransport = "webtransport",
    Eio3 = "eio3",
    Eio4 = "eio4",
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
    WrongVersion = "wrong version",
    Disconnected = "disconnected",
    Dropped = "dropped",
    BufferFull = "buffer full",
    TooManyAcks = "too many acks",
    TooManyAttachments = "too many attachments",
    StaleReply = "stale reply",
    UnknownType = "unknown packet type",
    BadAttachmentCount = "illegal attachments",
    BadPayload = "invalid payload",
    HeaderTooLong = "the packet's header is too long",
    TextForBinary = "got plaintext data when reconstructing a packet",
    UnexpectedBinary = "got binary data when not reconstructing a packet",
    PacketTooLarge = "the packet is larger than its limit",
    TooManyEarlyEvents = "too many events before CONNECT",
    Online = "online",
    Offline = "offline",
    Foreground = "foreground",
    Background = "background",
    Writable = "writable",
    Congested = "congested",
    Refuse = "refuse",
    DropOldest = "drop-oldest",
    DropNewest = "drop-newest",
    Failed = "failed",
    LinkClosed = "closed",
}

table! {
    /// An option of a machine.
    Setting,
    /// The names of the options in the contract's `MachineOptions`. A value is a number; a boolean is 0 or 1, a code its
    /// position, and a list of codes a number: each decimal digit is a position, plus 1.
    SETTINGS: &str,
    EngineVersion = "engineVersion",
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
    AuthOnEio3 = "authOnEio3",
    MaxAttachments = "maxAttachments",
    MaxPacketBytes = "maxPacketBytes",
    Seed = "seed",
    // The last, because `false` overrules the others.
    Reconnection = "reconnection",
}
