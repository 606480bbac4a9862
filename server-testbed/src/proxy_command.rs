//! `tidewire-testbed fault-proxy`: the proxy as a program.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use clap::Args;
use tidewire_testbed::{FaultProxy, script_text, serve_control};
use tokio::net::TcpListener;
use url::{Host, Url};

use crate::signals::stop_signal;

#[derive(Args)]
pub(crate) struct Options {
    /// URL of the server, http only and without a path, such as http://127.0.0.1:3000.
    #[arg(long, value_name = "URL")]
    to: Url,
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
        Some(path) => read(path).map_err(|error| in_file(path, &error))?,
        None => String::new(),
    };
    let (host, port) = host_and_port(&options.to)?;
    let proxy = FaultProxy::start((host.as_str(), port), options.port, &script)
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

fn in_file(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Reads a script, of 2 MiB at most.
fn read(path: &Path) -> io::Result<String> {
    let wrong = |text: String| io::Error::new(io::ErrorKind::InvalidData, text);
    let mut bytes = Vec::new();
    let most = 2 * 1024 * 1024;
    fs::File::open(path)?
        .take(most + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(wrong("a script has at most 2 MiB".to_owned()));
    }
    let text = script_text(&bytes).map_err(|error| wrong(error.to_string()))?;
    Ok(text.to_owned())
}

/// Returns the host and port of a URL that has nothing else: the proxy passes the paths of its clients on.
fn host_and_port(url: &Url) -> io::Result<(String, u16)> {
    let wrong = || {
        io::Error::other(format!(
            "--to {url}: write http://HOST:PORT, without a path, query or user"
        ))
    };
    let is_plain = url.scheme() == "http"
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    let host = match url.host().filter(|_| is_plain).ok_or_else(wrong)? {
        Host::Domain(name) => name.to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    };
    let port = url.port_or_known_default().filter(|port| *port > 0);
    Ok((host, port.ok_or_else(wrong)?))
}
