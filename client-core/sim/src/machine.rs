//! The machine under test as a trait with plain data on both sides, so that another build (WebAssembly) can implement it too.

use tidewire_core::{Ack, AckError, Delivery, EngineVersion, Hint, Lost, Misuse, Target};

use crate::wire::Wire;

/// An input of a machine. Links and namespaces are numbers, counted by the machine.
#[derive(Clone, Debug)]
pub enum Input {
    /// Opens a namespace.
    Namespace(String),
    /// Connects a namespace.
    Connect(usize),
    /// Gives the auth payload of a namespace.
    Authorize(usize, Option<String>),
    /// Emits an event.
    Emit {
        /// The namespace.
        nsp: usize,
        /// The JSON.
        text: String,
        /// The binary attachments.
        attachments: Vec<Vec<u8>>,
        /// Whether an ack is awaited, and for how long.
        ack: Ack,
        /// The delivery mode.
        delivery: Delivery,
    },
    /// Replies to an event with an ack.
    Reply {
        /// The namespace.
        nsp: usize,
        /// The position of the event among all received events with an ack.
        reply_to: usize,
        /// The JSON.
        text: String,
    },
    /// Stops awaiting an ack.
    Cancel(usize, u64),
    /// Clears the offline buffer of a namespace.
    ClearOffline(usize),
    /// Disconnects a namespace.
    Disconnect(usize),
    /// Closes the connection.
    Close,
    /// A full-duplex link is open.
    Opened(u32),
    /// A frame has arrived.
    Packet(u32, Wire),
    /// The response to a request has arrived; `None` is a packet that cannot be decoded.
    Response(u32, EngineVersion, Vec<Option<Wire>>),
    /// A link has ended.
    Lost(u32, Lost),
    /// The host gives a hint.
    Hint(Hint),
    /// Time has passed.
    Timeout,
}

/// The return value of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallResult {
    /// The input was taken.
    Done,
    /// The emit was taken and awaits this ack.
    Ack(u64),
    /// The command was rejected.
    Misuse(Misuse),
}

/// An output of a machine: an action for the host or an event for the application.
#[derive(Clone, Debug)]
pub enum Output {
    /// Open a full-duplex link.
    Open(u32, Target),
    /// Send a frame over it.
    Send(u32, Wire),
    /// Send a GET for packets.
    Get(u32, Target),
    /// Send a POST with packets.
    Post(u32, Target, Vec<Wire>),
    /// Drop a link.
    Drop(u32),
    /// An event for the application; payloads as text.
    Event(AppEvent),
}

/// An event for the application.
#[derive(Clone, Debug)]
pub enum AppEvent {
    /// The session is open.
    Opened,
    /// The session has upgraded to another transport.
    Upgraded,
    /// The link of an upgrade has failed; another one may go on.
    UpgradeFailed(u32),
    /// The session could not be opened.
    OpenFailed(String),
    /// The session is closed.
    Closed(String),
    /// A packet was malformed.
    Malformed(String),
    /// The number of the next attempt, and the delay before it in milliseconds.
    Reconnecting(u32, u64),
    /// No attempt is left.
    ReconnectFailed,
    /// The auth payload of a namespace is required.
    AuthRequired(usize),
    /// A namespace is connected; whether its session was recovered.
    Connected(usize, bool),
    /// The server or the machine refused the connection of a namespace.
    ConnectError(usize, String),
    /// A namespace is disconnected.
    Disconnected(usize, String),
    /// The server reports an error to a connected namespace.
    ServerError(usize),
    /// An event: its JSON, its attachments, and its position among the events with an ack if it has one.
    Message(usize, String, Vec<Vec<u8>>, Option<usize>),
    /// An emit was dropped from the offline buffer.
    EmitDropped(usize, String),
    /// An ack has arrived.
    Acked(usize, u64, String, usize),
    /// An ack will not arrive.
    AckLost(usize, u64, AckError),
}

/// A machine under test.
pub trait Machine {
    /// Gives an input.
    fn input(&mut self, now: u64, input: &Input) -> CallResult;
    /// Returns the next output.
    fn poll(&mut self) -> Option<Output>;
    /// Returns when the machine must get [`Input::Timeout`], in milliseconds.
    fn next_timeout(&self) -> Option<u64>;
    /// Returns whether a namespace is connected.
    fn is_connected(&self, nsp: usize) -> bool;
    /// Returns the number of emits in the offline buffer of a namespace.
    fn offline(&self, nsp: usize) -> usize;
    /// Returns the number of packets that wait for a POST.
    fn backlog(&self) -> usize;
    /// Returns the number of payloads the machine holds.
    fn live_payloads(&self) -> usize;
}
