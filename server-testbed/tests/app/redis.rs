//! A Redis of the test, which can be stopped and started again; and one that answers nothing but errors.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A `redis-server` without persistence.
pub(crate) struct Redis {
    child: Option<Child>,
    port: u16,
}

impl Redis {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it has an address").port();
        drop(listener);
        let mut redis = Self { child: None, port };
        redis.start_again();
        redis
    }

    pub(crate) fn start_again(&mut self) {
        let mut child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(["--port", &self.port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-server is installed: `cargo xtask test --only redis`");
        let output = child.stdout.take().expect("standard output is piped");
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let ready = lines.any(|line| line.contains("Ready to accept connections"));
        assert!(ready, "Redis does not start: {:?}", child.wait());
        std::thread::spawn(move || lines.for_each(drop));
        self.child = Some(child);
    }

    pub(crate) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Publishes a message as another program does.
    pub(crate) fn publish(&self, channel: &str, message: &str) {
        let mut command = Command::new("redis-cli");
        command.args(["-p", &self.port.to_string(), "PUBLISH", channel, message]);
        let output = command.output().expect("redis-cli is installed with Redis");
        assert!(output.status.success());
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Starts a server that answers each command with an error. Returns its URL.
pub(crate) async fn refusing() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = listener.local_addr().expect("it has an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut input = [0; 4096];
                while let Ok(count @ 1..) = stream.read(&mut input).await {
                    // A command is an array: `*` begins each.
                    let commands = input[..count].iter().filter(|byte| **byte == b'*').count();
                    let answers = b"-OOM command not allowed\r\n".repeat(commands);
                    if stream.write_all(&answers).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    format!("redis://{address}")
}
