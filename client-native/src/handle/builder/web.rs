//! Settings of a browser alone.

use super::Builder;

/// # Browser
impl Builder {
    /// Whether cookies go with the requests of polling to another origin than the page's. Default: no. The server must allow it:
    /// `cors: { origin: "https://the.page", credentials: true }` in socket.io.
    ///
    /// A WebSocket always has the cookies that the browser allows. In a browser only.
    pub fn with_credentials(mut self, with: bool) -> Self {
        self.network.with_credentials = with;
        self
    }
}
