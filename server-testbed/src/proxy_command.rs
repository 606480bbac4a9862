//! `tidewire-testbed fault-proxy`: the proxy as a program.

use std::fs;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use tidewire_testbed::{FaultProxy, serve_control};
use tokio::net::{TcpListener, lookup_host};

use crate::signals::stop_signal;

#[derive(Args)]
pub(crate) struct Options {
    /// URL of the server, http only, such as http://127.0.0.1:3000.
    #[arg(long, value_name = "URL")]
    to: url::Url,
    /// Script with the faults (server-testbed/faults/README.md).
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// TCP port of the proxy on 127.0.0.1; 0 takes any free port.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// TCP port for commands on 127.0.0.1: `POST /script`, `GET /status`. Without it there are none.
    #[arg(long, value_name = "PORT")]
    control_port: Option<u16>,
}

/// Runs until SIGINT or SIGTERM. Prints `listening on <port>`, and with commands `control on <port>` before.
pub(crate) async fn run(options: Options) -> io::Result<()> {
    let script = match &options.script {
        Some(path) => fs::read_to_string(path).map_err(|error| in_file(path, &error))?,
        None => String::new(),
    };
    let server = resolve(&options.to).await?;
    let proxy = FaultProxy::start(server, options.port, &script)
        .await
        .map_err(|error| match (&options.script, error.kind()) {
            (Some(path), io::ErrorKind::InvalidInput) => in_file(path, &error),
            _ => error,
        })?;
    let port = proxy.address().port();
    let Some(control) = options.control_port else {
        writeln!(io::stdout(), "listening on {port}")?;
        return stop_signal().await;
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, control)).await?;
    let control = listener.local_addr()?.port();
    writeln!(io::stdout(), "control on {control}\nlistening on {port}")?;
    tokio::select! {
        ended = serve_control(proxy, listener) => ended,
        stopped = stop_signal() => stopped,
    }
}

fn in_file(path: &std::path::Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

async fn resolve(url: &url::Url) -> io::Result<SocketAddr> {
    let wrong = || io::Error::other(format!("--to {url}: write http://HOST:PORT"));
    if url.scheme() != "http" {
        return Err(wrong());
    }
    let host = url.host_str().ok_or_else(wrong)?;
    let port = url.port_or_known_default().ok_or_else(wrong)?;
    lookup_host((host, port)).await?.next().ok_or_else(wrong)
}
