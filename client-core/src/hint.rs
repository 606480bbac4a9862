//! What a host may know that no packet tells.

/// A hint of the host's, given to [`Client::handle_hint`](crate::Client::handle_hint). None is needed; each makes the client
/// notice something sooner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hint {
    /// The device has a network again: a client that waits to come back tries at once.
    Online,
    /// The device has no network: the connection is taken for lost (`transport close`).
    Offline,
    /// The application is in use again: as `Online`, and a 2.x server is pinged at once. A heartbeat that died meanwhile is
    /// found by the clock.
    Foreground,
    /// The application is out of sight and may be stopped at any time: no attempt to come back is begun until `Foreground`.
    Background,
    /// The transport takes packets as fast as they come. This is so until `Congested` is said.
    Writable,
    /// The transport does not take packets as fast as they come: volatile events are dropped.
    Congested,
}
