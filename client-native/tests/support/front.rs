//! The front with QUIC of a server that takes sessions of WebTransport as TCP connections.

use std::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;

use tidewire_testbed::WebTransportFront;
use tokio::task::JoinHandle;

pub(crate) struct Front {
    front: Arc<WebTransportFront>,
    serving: Option<JoinHandle<()>>,
}

impl Front {
    /// Takes the UDP port beside the TCP port of the server.
    pub(crate) fn bind(port: u16) -> Front {
        Front {
            front: Arc::new(WebTransportFront::bind(port).expect("a free UDP port")),
            serving: None,
        }
    }

    /// Passes new sessions on to a port of the server.
    pub(crate) fn serve(&mut self, port: u16) {
        let front = self.front.clone();
        let serving = tokio::spawn(async move {
            front.serve((Ipv4Addr::LOCALHOST, port).into()).await;
        });
        if let Some(earlier) = self.serving.replace(serving) {
            earlier.abort();
        }
    }

    pub(crate) fn certificate_hash(&self) -> [u8; 32] {
        let digits = self.front.certificate_hash();
        let byte = |at: usize| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16);
        std::array::from_fn(|at| byte(at).expect("hexadecimal digits"))
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        if let Some(serving) = &self.serving {
            serving.abort();
        }
    }
}

impl fmt::Debug for Front {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Front").finish_non_exhaustive()
    }
}
