//! nginx in front of the nodes, with a site of the folder `nginx`.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use tidewire_testbed::free_port;
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::options::{Server, Sticky};
use crate::program::Program;

/// The time that nginx has to listen.
const PATIENCE: Duration = Duration::from_secs(60);

/// The addresses in the files.
const LISTEN: &str = "listen 8080";
const FIRST_NODE: usize = 3001;

#[derive(Debug)]
pub(crate) struct Nginx {
    port: u16,
    _program: Program,
}

impl Nginx {
    /// Starts nginx, and waits until it listens.
    pub(crate) async fn start(
        folder: &Path,
        server: Server,
        sticky: Sticky,
        nodes: &[u16],
    ) -> io::Result<Self> {
        let port = free_port()?;
        let file = folder.join("nginx.conf");
        fs::write(
            &file,
            configuration(folder, &site(server, sticky, nodes, port)),
        )?;
        let mut command = Command::new("nginx");
        command.arg("-p").arg(folder).arg("-c").arg(&file);
        command.arg("-e").arg(folder.join("nginx-error.log"));
        let program = Program::start("nginx", command, folder)?;
        listens(port).await?;
        Ok(Self {
            port,
            _program: program,
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// Returns the site with the ports of this run.
fn site(server: Server, sticky: Sticky, nodes: &[u16], port: u16) -> String {
    let file = match (server, sticky) {
        (Server::Egg, Sticky::Cookie) => include_str!("../nginx/egg-cookie.conf"),
        (Server::Egg, Sticky::IpHash) => include_str!("../nginx/egg-ip-hash.conf"),
        (Server::Testbed | Server::Socketio, Sticky::Cookie) => {
            include_str!("../nginx/cookie.conf")
        }
        (Server::Testbed | Server::Socketio, Sticky::IpHash) => {
            include_str!("../nginx/ip-hash.conf")
        }
    };
    let site = file.replace(LISTEN, &format!("listen 127.0.0.1:{port}"));
    let in_run = |site: String, (index, node): (usize, &u16)| {
        site.replace(&format!(":{}", FIRST_NODE + index), &format!(":{node}"))
    };
    nodes.iter().enumerate().fold(site, in_run)
}

/// Returns a whole configuration around a site, which keeps all files in the folder.
fn configuration(folder: &Path, site: &str) -> String {
    let folder = folder.display();
    let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let paths = kinds
        .map(|kind| format!("    {kind}_temp_path {folder}/{kind};\n"))
        .concat();
    format!(
        "daemon off;\nworker_processes 2;\nworker_rlimit_nofile 16384;\npid {folder}/nginx.pid;\n\
         events {{ worker_connections 8192; }}\n\
         http {{\n    access_log off;\n{paths}{site}}}\n"
    )
}

async fn listens(port: u16) -> io::Result<()> {
    let connect = async {
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let connected = tokio::time::timeout(PATIENCE, connect).await;
    connected.map_err(|_| io::Error::other("nginx does not listen: read its log (--keep)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_has_the_ports_of_the_run_only() {
        for sticky in [Sticky::Cookie, Sticky::IpHash] {
            let site = site(Server::Testbed, sticky, &[4001, 4002, 4003], 9000);
            assert!(site.contains("listen 127.0.0.1:9000;"));
            assert!(!site.contains(":300"), "{site}");
            for node in ["127.0.0.1:4001", "127.0.0.1:4002", "127.0.0.1:4003"] {
                assert!(site.contains(node), "{site}");
            }
        }
        let egg = site(Server::Egg, Sticky::Cookie, &[4001], 9000);
        assert!(egg.contains("proxy_pass http://127.0.0.1:4001;"));
    }
}
