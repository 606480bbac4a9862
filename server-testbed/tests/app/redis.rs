//! A Redis of the test, which can be stopped and started again; and one that answers nothing but errors.

use std::process::Command;

use tidewire_testbed::RedisServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A Redis with commands.
pub(crate) struct Redis(RedisServer);

impl Redis {
    pub(crate) fn start() -> Self {
        Self(RedisServer::start().expect("a Redis"))
    }

    pub(crate) fn start_again(&mut self) {
        self.0.start_again().expect("a Redis");
    }

    pub(crate) fn stop(&mut self) {
        self.0.stop();
    }

    /// Sends a signal: `STOP` makes it hang, `CONT` goes on.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.0.id();
        let mut command = Command::new("kill");
        command.args([&format!("-{name}"), &id.to_string()]);
        assert!(command.status().expect("kill is installed").success());
    }

    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    /// Publishes a message as another program does.
    pub(crate) fn publish(&self, channel: &str, message: &str) {
        self.command(&["PUBLISH", channel, message]);
    }

    /// Sends a command.
    pub(crate) fn command(&self, words: &[&str]) {
        let mut command = Command::new("redis-cli");
        command.args(["-p", &self.0.port().to_string()]).args(words);
        let output = command.output().expect("redis-cli is installed with Redis");
        assert!(output.status.success());
        let answer = String::from_utf8_lossy(&output.stdout);
        assert!(!answer.starts_with("ERR"), "{words:?}: {answer}");
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
