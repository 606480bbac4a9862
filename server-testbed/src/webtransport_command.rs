//! `tidewire-testbed webtransport-front`: the front as a program.

use std::io::{self, Write as _};
use std::net::SocketAddr;

use clap::Args;
use tidewire_testbed::WebTransportFront;

use crate::signals::stop_signal;

#[derive(Args)]
pub(crate) struct Options {
    /// Address that takes the first stream of each session as a TCP connection (server-testbed/peers/webtransport.js).
    #[arg(long, value_name = "ADDRESS:PORT")]
    to: SocketAddr,
    /// UDP port on 127.0.0.1; 0 takes any free port. Clients use the port of the server's HTTP.
    #[arg(long, default_value_t = 0)]
    port: u16,
}

/// Runs until SIGINT or SIGTERM. Prints `certificate <SHA-256>` and `listening on <port>`.
pub(crate) async fn run(options: Options) -> io::Result<()> {
    let front = WebTransportFront::bind(options.port)?;
    let (hash, port) = (front.certificate_hash(), front.port()?);
    writeln!(io::stdout(), "certificate {hash}\nlistening on {port}")?;
    tokio::select! {
        () = front.serve(options.to) => Ok(()),
        stopped = stop_signal() => stopped,
    }
}
