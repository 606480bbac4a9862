//! Starts and commands a proxy.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::{TcpListener, ToSocketAddrs, lookup_host};
use tokio::task::JoinHandle;

use super::connection;
use super::lexer::ScriptError;

use super::state::State;
use super::statement::Script;

/// A running proxy. Dropping it closes all connections.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    state: Arc<State>,
    accepting: JoinHandle<()>,
}

impl FaultProxy {
    /// Starts a proxy on 127.0.0.1 in front of `server`; port 0 takes any free port. If a name has several addresses, each
    /// connection takes the first one that accepts it.
    ///
    /// # Errors
    /// The script has a mistake, which the error names with line and column; the server's name is unknown; or the port is in use.
    pub async fn start(server: impl ToSocketAddrs, port: u16, script: &str) -> io::Result<Self> {
        let wrong = |error: ScriptError| io::Error::new(io::ErrorKind::InvalidInput, error);
        let script = Script::parse(script).map_err(wrong)?;
        let servers = lookup_host(server).await?.collect();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::new(servers));
        state.add(script).map_err(wrong)?;
        let accepting = tokio::spawn(connection::accept(listener, Arc::clone(&state)));
        Ok(Self {
            address,
            state,
            accepting,
        })
    }

    /// Returns the URL for clients, without a path.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the address for clients.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Carries out statements, and adds their rules.
    ///
    /// # Errors
    /// The script has a mistake, or there are 10,000 rules already; then nothing of it happens.
    pub fn run(&self, script: &str) -> Result<(), ScriptError> {
        self.state.add(Script::parse(script)?)
    }

    /// Returns how many faults have happened.
    #[must_use]
    pub fn faults(&self) -> u64 {
        self.state.faults()
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.state.stop();
    }
}
