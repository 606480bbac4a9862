//! The front with QUIC of a server that takes sessions of WebTransport as TCP connections: the testbed's, or one on another
//! implementation of HTTP/3.

use std::net::Ipv4Addr;

use tidewire_testbed::WebTransportFront;
use tokio::task::JoinSet;

use super::certificate::hash;
use super::peer::Peer;

/// It lives through restarts of its server, as the certificate that clients know.
#[derive(Debug)]
pub(crate) struct Front {
    pub(crate) certificate_hash: [u8; 32],
    _program: Program,
}

/// The program ends when it is dropped.
#[derive(Debug)]
enum Program {
    Testbed { _serving: JoinSet<()> },
    Aioquic { _peer: Peer },
}

impl Front {
    /// The testbed's, on wtransport as the client. Takes the UDP port beside the server's TCP port, and passes sessions on to the
    /// server's port `sessions`.
    pub(crate) fn testbed(port: u16, sessions: u16) -> Front {
        let front = WebTransportFront::bind(port).expect("a free UDP port");
        let certificate_hash = hash(front.certificate_hash()).expect("a hash");
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            front.serve((Ipv4Addr::LOCALHOST, sessions).into()).await;
        });
        Front {
            certificate_hash,
            _program: Program::Testbed { _serving: serving },
        }
    }

    /// The front on aioquic.
    pub(crate) fn aioquic(port: u16, sessions: u16) -> Front {
        Front::aioquic_with(port, sessions, &[])
    }

    /// The front on aioquic, with further environment variables.
    pub(crate) fn aioquic_with(port: u16, sessions: u16, env: &[(&str, String)]) -> Front {
        let env = [env, &[("SESSION_PORT", sessions.to_string())]].concat();
        let peer = Peer::python("env-quic", "webtransport_front.py", port, &env);
        Front {
            certificate_hash: hash(&peer.certificate).expect("a hash"),
            _program: Program::Aioquic { _peer: peer },
        }
    }
}
