//! The names of the testbed in Redis, and how many messages may wait.

/// All keys begin with this.
pub(super) const PREFIX: &str = "tidewire-testbed";
/// All channels begin with this.
pub(super) const ROOMS: &str = "tidewire-testbed.rooms";

/// Messages of a channel that may wait to be read. If more come, they are lost, like packets to a full buffer.
pub(super) const CHANNEL_SIZE: usize = 65_536;
