//! nginx in front of a server.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs, process};

use tidewire_testbed::free_port;
use tokio::net::TcpStream;

use super::guarded;

/// One process of nginx, with a folder for its files. Dropping it ends the process and removes the folder.
#[derive(Debug)]
pub(crate) struct Nginx {
    process: Child,
    folder: PathBuf,
    pub(crate) port: u16,
}

impl Nginx {
    /// Forwards requests and WebSockets to the port of a server.
    pub(crate) async fn start(server: u16) -> Nginx {
        let port = free_port().unwrap();
        let folder = env::temp_dir().join(format!("tidewire-nginx-{}-{port}", process::id()));
        fs::create_dir(&folder).unwrap();
        let file = folder.join("nginx.conf");
        fs::write(&file, configuration(port, server)).unwrap();
        let process = Command::new("nginx")
            .arg("-p")
            .arg(&folder)
            .args(["-e", "stderr", "-c"])
            .arg(&file)
            .stdin(Stdio::null())
            .spawn()
            .expect("nginx starts: `cargo xtask test` installs it on Debian");
        let nginx = Nginx {
            process,
            folder,
            port,
        };
        guarded(async {
            while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
        nginx
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Relative paths are those of the folder.
fn configuration(port: u16, server: u16) -> String {
    format!(
        "daemon off; master_process off; pid nginx.pid;
        events {{}}
        http {{
            access_log off;
            client_body_temp_path body; proxy_temp_path proxy;
            fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
            server {{
                listen 127.0.0.1:{port};
                location / {{
                    proxy_pass http://127.0.0.1:{server};
                    proxy_http_version 1.1;
                    proxy_set_header Upgrade $http_upgrade;
                    proxy_set_header Connection upgrade;
                }}
            }}
        }}"
    )
}
