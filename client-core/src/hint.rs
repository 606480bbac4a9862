//! Facts that the host may know and packets do not show.

/// A hint from the host, given to [`Client::handle_hint`](crate::Client::handle_hint).
///
/// Hints are optional: each makes the client notice something sooner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hint {
    /// The device has a network again: a client that waits to reconnect tries at once, and a 2.x server is pinged at once.
    Online,
    /// The device has no network: the connection counts as lost (`transport close`).
    Offline,
    /// The application is in the foreground again: acts like `Online`, and ends `Background`.
    ///
    /// A heartbeat that expired while the device slept is found by the clock.
    Foreground,
    /// The application is in the background and may be stopped at any time: no attempt to reconnect begins until
    /// `Foreground`.
    Background,
    /// The transport keeps up with the packets. This holds until `Congested`, and at the start.
    Writable,
    /// The transport does not keep up with the packets: volatile events are dropped.
    Congested,
}
