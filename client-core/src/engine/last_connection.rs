//! Facts about the last connection that help the next one.

use super::opening::Opening;
use crate::config::Config;
use crate::engine_version::EngineVersion;
use crate::output::Transport;

#[derive(Debug, Default)]
pub(crate) struct LastConnection {
    /// The version of the last server for which it became known.
    engine_version: Option<EngineVersion>,
    /// Whether the last server named `maxPayload`, which tells its version.
    named_max_payload: bool,
    /// The version that the last server was asked for.
    asked_version: Option<EngineVersion>,
    /// Whether the last session was on a WebSocket.
    websocket_worked: bool,
}

impl LastConnection {
    pub(crate) fn engine_version(&self) -> Option<EngineVersion> {
        self.engine_version
    }

    /// Returns the version that a server without `maxPayload` probably has: that of the last server, if it had none either. This spares the
    /// connection the detection time.
    pub(crate) fn probable_version(&self) -> Option<EngineVersion> {
        self.engine_version.filter(|_| !self.named_max_payload)
    }

    /// Notes whether a server has named `maxPayload`.
    pub(crate) fn note_max_payload(&mut self, named: bool) {
        self.named_max_payload = named;
    }

    /// Returns the version to ask the next server for.
    pub(crate) fn version_to_ask(&self, config: &Config) -> EngineVersion {
        config
            .engine_version
            .or(self.asked_version)
            .unwrap_or(EngineVersion::Eio4)
    }

    /// Notes that a server has accepted a session of the version that it was asked for.
    pub(crate) fn note_asked_version(&mut self, version: EngineVersion) {
        self.asked_version = Some(version);
    }

    /// Returns whether to open with a WebSocket, whatever the order of the transports.
    pub(crate) fn prefers_websocket(&self, config: &Config) -> bool {
        config.remember_upgrade && self.websocket_worked
    }

    /// Notes the server's version, if it is known by now.
    pub(crate) fn note_engine_version(&mut self, version: Option<EngineVersion>) {
        self.engine_version = version.or(self.engine_version);
    }

    /// Notes that a session has opened on `transport`, or upgraded to it.
    pub(crate) fn note_transport(&mut self, transport: Transport) {
        self.websocket_worked = transport == Transport::WebSocket;
    }

    /// Notes that a transport could not be opened. A proxy may now block WebSockets that worked before.
    pub(crate) fn note_failure(&mut self, opening: &Opening) {
        if opening.transport() == Transport::WebSocket {
            self.websocket_worked = false;
        }
    }
}
