//! The settings of the client, and the parameters that the server agrees to.

/// How WebSocket messages are compressed, with the cargo feature `deflate`: see
/// [`Builder::per_message_deflate`](crate::Builder::per_message_deflate).
///
/// ```
/// use tidewire::{Client, PerMessageDeflate};
///
/// let builder = Client::builder("http://localhost:3000")
///     .per_message_deflate(PerMessageDeflate::new().threshold(4096).client_context_takeover(false));
/// ```
///
/// Each connection keeps two contexts, from its first compressed message in that direction on: 371 KiB to compress (245 with a window
/// of 9 bits), 46 KiB to decompress. A client or server that takes over no context keeps none on this side: the connections of a
/// thread share one. Each message is then compressed on its own, which saves less.
///
/// # When it pays
///
/// An event with 4 KiB of words, by `cargo xtask bench native --rows words,deflate` (2 × AMD EPYC, medians of 5 rounds):
///
/// | | bytes on the wire | µs of CPU to receive | µs of CPU to send |
/// |---|---|---|---|
/// | not compressed | 4,118 | 3.8 | 3.3 |
/// | compressed | 1,068 | 7.9 | 144 |
/// | compressed without takeover | 1,404 | 7.0 | 42 |
///
/// So it saves bytes and costs CPU time, much more to send than to receive: for clients that receive large texts over slow or metered
/// networks it pays; for thousands of connections in one data centre it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "it is a setting: pass it to `Builder::per_message_deflate`"]
pub struct PerMessageDeflate {
    pub(crate) threshold: usize,
    pub(super) level: u32,
    pub(super) client_takeover: bool,
    pub(super) server_takeover: bool,
    pub(super) client_bits: u8,
    pub(super) server_bits: u8,
}

/// The parameters that both sides have agreed upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Agreed {
    pub(super) client_takeover: bool,
    pub(super) server_takeover: bool,
    pub(super) client_bits: u8,
    pub(super) server_bits: u8,
}

/// The bits of the largest window.
pub(super) const MAX_BITS: u8 = 15;

/// The bits of the smallest window of zlib's raw format. The protocol has one of 8 bits, too.
pub(super) const MIN_BITS: u8 = 9;

impl PerMessageDeflate {
    /// The defaults, which are those of socket.io-client in Node.
    pub fn new() -> PerMessageDeflate {
        PerMessageDeflate {
            threshold: 1_024,
            level: 6,
            client_takeover: true,
            server_takeover: true,
            client_bits: MAX_BITS,
            server_bits: MAX_BITS,
        }
    }

    /// The smallest message that is compressed, in bytes. Default: 1,024. Messages of a few bytes grow.
    pub fn threshold(mut self, bytes: usize) -> Self {
        self.threshold = bytes;
        self
    }

    /// How hard to compress: from 0 (not at all) to 9 (slowest). Default: 6. A greater one counts as 9.
    pub fn level(mut self, level: u32) -> Self {
        self.level = level.min(9);
        self
    }

    /// Whether a message may refer to those before it. Default: yes. If not, the offer has `client_no_context_takeover`.
    pub fn client_context_takeover(mut self, takes_over: bool) -> Self {
        self.client_takeover = takes_over;
        self
    }

    /// Whether the server's messages may refer to those before them. Default: yes. If not, the offer has
    /// `server_no_context_takeover`.
    pub fn server_context_takeover(mut self, takes_over: bool) -> Self {
        self.server_takeover = takes_over;
        self
    }

    /// The window in which the client looks for repetitions, in bits: from 9 (512 bytes) to 15 (32 KiB). Default: 15. Others count as
    /// the nearest of these. Below 15, the offer has `client_max_window_bits` with this number.
    pub fn client_max_window_bits(mut self, bits: u8) -> Self {
        self.client_bits = bits.clamp(MIN_BITS, MAX_BITS);
        self
    }

    /// The window of the server, as [`client_max_window_bits`](PerMessageDeflate::client_max_window_bits) for its messages. Below
    /// 15, the offer has `server_max_window_bits`, and a server that cannot limit its window does not compress.
    pub fn server_max_window_bits(mut self, bits: u8) -> Self {
        self.server_bits = bits.clamp(MIN_BITS, MAX_BITS);
        self
    }
}

impl Default for PerMessageDeflate {
    fn default() -> Self {
        PerMessageDeflate::new()
    }
}
