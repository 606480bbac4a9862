//! How one client connects.

use std::fmt;
use std::net::Ipv4Addr;

use tidewire::{BuildError, Client, EngineVersion, Transport};

use super::sockets::Sockets;
use crate::options::{Mode, Options, Server, Sticky, Version};
use crate::state::Rooms;

#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    mode: Mode,
    version: Version,
}

impl Kind {
    /// Gives the members of a room all kinds.
    pub(super) fn of(number: usize, options: &Options) -> Self {
        let (modes, versions) = (&options.transports, &options.versions);
        Self {
            mode: modes[number % modes.len()],
            version: versions[number / modes.len() % versions.len()],
        }
    }

    /// Makes the client, which does not connect yet. Reconnection has the defaults of the library.
    pub(super) fn connect(
        self,
        number: usize,
        url: &str,
        server: Server,
        sticky: Sticky,
    ) -> Result<Sockets, BuildError> {
        let transports: &[Transport] = match self.mode {
            Mode::Polling => &[Transport::Polling],
            Mode::Websocket => &[Transport::WebSocket],
            Mode::Upgrade => &[Transport::Polling, Transport::WebSocket],
        };
        let mut builder = Client::builder(format!("{url}/lab"))
            .transports(transports.iter().copied())
            .query("room", Rooms::name(number))
            .query("userId", format!("user-{number}"));
        builder = match (self.version, server) {
            (Version::Eio3, _) => builder.engine_version(EngineVersion::Eio3),
            // The client asks for 4, and goes on in 3.
            (Version::Eio4, Server::Egg) => builder,
            (Version::Eio4, _) => builder.engine_version(EngineVersion::Eio4),
        };
        if sticky == Sticky::IpHash {
            builder = builder.local_address(address(number).into());
        }
        let lab = builder.build()?.socket();
        let ptop = lab.namespace("/ptop");
        Ok(Sockets { lab, ptop })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}, {:?}", self.mode, self.version)
    }
}

/// Returns an address of this computer for each client. nginx takes the first three bytes.
fn address(number: usize) -> Ipv4Addr {
    let byte = |number: usize| u8::try_from(number % 250).unwrap_or_default();
    Ipv4Addr::new(127, 1 + byte(number / 250), byte(number), 1)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_client_has_an_address_that_nginx_tells_apart() {
        let addresses: HashSet<[u8; 3]> = (0..5000)
            .map(|number| {
                let [a, b, c, _] = address(number).octets();
                [a, b, c]
            })
            .collect();
        assert_eq!(addresses.len(), 5000);
    }
}
