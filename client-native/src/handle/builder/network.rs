//! Settings of the transports.

use tidewire_core::Transport;

use super::Builder;

/// # Transports
impl Builder {
    /// The transports to use. The first one opens the connection. Default: WebSocket only.
    ///
    /// With polling first and others among them, the session is upgraded to one that the server offers. A WebTransport is tried first,
    /// and a WebSocket follows after 200 ms, or as soon as the WebTransport fails; the first to answer takes the session over. So a
    /// network without UDP costs 200 ms of polling.
    ///
    /// A WebTransport is a stream over QUIC: no lost packet holds others up at the start, and the session outlives a change of the
    /// client's address. It needs the cargo feature `webtransport`, a server of 4.x with the transport and a listener of HTTP/3, and
    /// TLS. socket.io 4.8 closes every WebTransport if it has the option `cors` or another middleware of its engine.
    ///
    /// It goes to the UDP port with the number of the URL's port, to 443 if that is 80. It has the client's TLS settings, headers
    /// and cookies; no proxy carries it. Cookies that the server sets in its response are not read. An idle session
    /// sends a packet each 15 s, so that routers do not forget it.
    ///
    /// An idle session takes 83 KiB, twenty times the memory of a WebSocket (`cargo xtask bench native --rows WebTransport`): it has a UDP
    /// socket and QUIC's state of its own. It also reserves 2.9 MiB for packets that arrive, and takes of it what they have used. The
    /// client's next session takes the socket and the reserve over, unless the server does not answer there; `Client::close`
    /// frees them. A process with thousands of connections does better without.
    ///
    /// It is tested with two implementations of QUIC and HTTP/3 in front of socket.io 4.8.4: wtransport 0.7.2, on which it stands itself,
    /// and aioquic 1.7.2. wtransport does not know GOAWAY: a server that announces its end by it ends the session at once, with an error
    /// that says so, and the client reconnects.
    ///
    /// In a browser it is the browser's own: TLS, headers and cookies are the browser's matter, and
    /// [`server_certificate_hashes`](Builder::server_certificate_hashes) alone is a setting.
    ///
    /// ```
    /// use tidewire::{Client, Transport};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = tidewire_testbed::spawn(Default::default()).await?;
    /// # let url = server.url();
    /// // let url = "https://example.com";
    /// let upgrading = Client::builder(url).transports([Transport::Polling, Transport::WebSocket]);
    /// # #[cfg(feature = "webtransport")]
    /// let upgrading = Client::builder(url)
    ///     // The order of socket.io-client. `server_certificate_hashes` trusts a server on this machine.
    ///     .transports([Transport::Polling, Transport::WebSocket, Transport::WebTransport]);
    /// let socket = upgrading.connect().await?;
    /// assert!(socket.is_connected());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `connect` and `build` fail with [`BuildError::NoPolling`](crate::BuildError::NoPolling) or
    /// [`BuildError::NoWebTransport`](crate::BuildError::NoWebTransport) if such a transport is among them and its cargo feature is
    /// off, and with [`BuildError::NoTransports`](crate::BuildError::NoTransports) if there is none.
    pub fn transports(mut self, transports: impl IntoIterator<Item = Transport>) -> Self {
        self.config.transports = transports.into_iter().collect();
        self
    }

    /// Whether to upgrade from polling to another transport. Default: yes.
    pub fn upgrade(mut self, upgrade: bool) -> Self {
        self.config.upgrade = upgrade;
        self
    }

    /// Whether to open with a WebSocket or WebTransport after a connection on which it worked. Default: no.
    pub fn remember_upgrade(mut self, remember: bool) -> Self {
        self.config.remember_upgrade = remember;
        self
    }

    /// Whether to try the next transport if one cannot be opened. Default: no.
    pub fn try_all_transports(mut self, all: bool) -> Self {
        self.config.try_all_transports = all;
        self
    }
}

/// # WebTransport
#[cfg(feature = "webtransport")]
impl Builder {
    /// Trusts the certificates with these SHA-256 hashes over WebTransport, in place of all others: of a server on this machine, for
    /// example. Default: none. Needs the cargo feature `webtransport`.
    ///
    /// Such a certificate is valid for 14 days at most, and has a key of the curve P-256 (W3C WebTransport, `serverCertificateHashes`).
    pub fn server_certificate_hashes(mut self, hashes: impl IntoIterator<Item = [u8; 32]>) -> Self {
        self.network.webtransport.certificate_hashes = hashes.into_iter().collect();
        self
    }
}
