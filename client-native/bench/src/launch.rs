//! Runs the process of a client against a new server.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::process::Server;
use crate::result::Result;
use crate::rows::{How, ROWS};
use crate::sample::Sample;
use crate::tls::Identity;

/// The program that takes the times.
pub(crate) fn timing_program() -> Result<PathBuf> {
    Ok(env::current_exe()?)
}

/// The program that counts allocations, if it was built.
pub(crate) fn counting_program() -> Result<Option<PathBuf>> {
    let name = format!("tidewire-bench-counting{}", env::consts::EXE_SUFFIX);
    let program = env::current_exe()?.with_file_name(name);
    Ok(program.exists().then_some(program))
}

/// Measures a row with a number of events or connections. `client` runs one of the programs.
pub(crate) fn measure(mut client: Command, row: usize, count: u64) -> Result<Sample> {
    let (server, certificate) = start_server(ROWS[row].how)?;
    client.args(["child", "--row", &row.to_string()]);
    client.args(["--port", &server.port, "--count", &count.to_string()]);
    if let Some(certificate) = certificate {
        client.arg(format!("--certificate={certificate}"));
    }
    let output = client
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        let name = ROWS[row].name();
        return Err(format!("{name}: the client's process failed: {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// A server, with the certificate that it needs for TLS.
fn start_server(how: How) -> Result<(Server, Option<String>)> {
    if !matches!(how, How::Tls | How::PollingTls | How::WebTransport) {
        return Ok((Server::start(&["server"])?, None));
    }
    let Identity { certificate, key } = Identity::make()?;
    // In one argument with its name, for it begins with a dash.
    let (own, secret) = (
        format!("--certificate={certificate}"),
        format!("--key={key}"),
    );
    Ok((
        Server::start(&["server", &own, &secret])?,
        Some(certificate),
    ))
}
