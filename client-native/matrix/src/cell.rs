//! One cell of the table, read from texts: options of the program, or arguments of a page of `client-wasm/web/check`.

use tidewire::{Builder, Client, EngineVersion, Transport};

/// One cell of the table.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    /// The transports, in their order. The connection ends up on the last one.
    pub(crate) transports: Vec<Transport>,
    /// The steps after connecting, by their names.
    pub(crate) steps: Vec<String>,
    /// The Engine.IO version. Without it the client detects the server's.
    pub(crate) version: Option<EngineVersion>,
    /// The hash of the server's certificate for WebTransport.
    pub(crate) certificate: Option<[u8; 32]>,
}

impl Cell {
    /// Returns whether the connection has the transport that it ends up on.
    pub(crate) fn is_last(&self, transport: Option<Transport>) -> bool {
        self.transports.last() == transport.as_ref()
    }

    /// A client of the server at `url`.
    pub(crate) fn client(&self, url: &str) -> Builder {
        let transports = self.transports.iter().copied();
        let builder = Client::builder(url)
            .transports(transports)
            .server_certificate_hashes(self.certificate);
        match self.version {
            Some(version) => builder.engine_version(version),
            None => builder,
        }
    }
}

pub(crate) fn transport(name: &str) -> Result<Transport, String> {
    match name {
        "polling" => Ok(Transport::Polling),
        "websocket" => Ok(Transport::WebSocket),
        "webtransport" => Ok(Transport::WebTransport),
        _ => Err("expected `polling`, `websocket` or `webtransport`".to_owned()),
    }
}

pub(crate) fn version(name: &str) -> Result<EngineVersion, String> {
    match name {
        "eio3" => Ok(EngineVersion::Eio3),
        "eio4" => Ok(EngineVersion::Eio4),
        _ => Err("expected `eio3` or `eio4`".to_owned()),
    }
}
