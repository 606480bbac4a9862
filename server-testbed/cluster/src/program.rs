//! A program that the cluster consists of: started, read, asked to end, or killed.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::mpsc;

use crate::signals::{Signal, send};

/// The time that a program has to start, or to end after SIGTERM.
const PATIENCE: Duration = Duration::from_secs(60);
/// The time that it has to end when this program ends.
const CLOSING_TIME: Duration = Duration::from_secs(5);

/// Dropping it ends the program.
#[derive(Debug)]
pub(crate) struct Program {
    name: String,
    child: Child,
    log: PathBuf,
    lines: mpsc::Receiver<String>,
}

/// Lines that wait to be read. More are dropped.
const LINES: usize = 256;

impl Program {
    /// Starts a program. Its standard error goes to a file in `folder`.
    pub(crate) fn start(name: &str, mut command: Command, folder: &Path) -> io::Result<Self> {
        let log = folder.join(format!("{name}.log"));
        // The program may start more than once.
        let file = OpenOptions::new().create(true).append(true).open(&log)?;
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .map_err(|error| {
                io::Error::new(error.kind(), format!("{name} does not start: {error}"))
            })?;
        let output = child.stdout.take();
        let output = output.ok_or_else(|| io::Error::other(format!("{name} has no output")))?;
        Ok(Self {
            name: name.to_owned(),
            child,
            log,
            lines: read(output),
        })
    }

    /// Reads the output until `found` returns a value for a line.
    pub(crate) async fn wait_for<T>(&mut self, found: impl Fn(&str) -> Option<T>) -> io::Result<T> {
        let Self {
            name, lines, log, ..
        } = self;
        let read = async {
            while let Some(line) = lines.recv().await {
                if let Some(value) = found(&line) {
                    return Ok(value);
                }
            }
            let end = tail(log);
            Err(io::Error::other(format!(
                "{name} ended before it was ready:\n{end}"
            )))
        };
        let waited = tokio::time::timeout(PATIENCE, read).await;
        waited.unwrap_or_else(|_| {
            Err(io::Error::other(format!(
                "{name} is not ready after {PATIENCE:?}"
            )))
        })
    }

    /// Asks the program to end, and waits until it has.
    pub(crate) async fn terminate(&mut self) -> io::Result<()> {
        if let Some(pid) = self.child.id() {
            send(pid, Signal::Terminate)?;
        }
        let name = &self.name;
        match tokio::time::timeout(PATIENCE, self.child.wait()).await {
            Ok(ended) => ended.map(drop),
            Err(_) => Err(io::Error::other(format!(
                "{name} runs {PATIENCE:?} after SIGTERM"
            ))),
        }
    }

    /// Ends the program at once, as a crash does.
    pub(crate) async fn kill(&mut self) -> io::Result<()> {
        self.child.kill().await
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let Some(pid) = self.child.id() else { return };
        // An error means that it has ended.
        let _ = send(pid, Signal::Terminate);
        let end = std::time::Instant::now() + CLOSING_TIME;
        while matches!(self.child.try_wait(), Ok(None)) {
            if std::time::Instant::now() > end {
                let _ = self.child.start_kill();
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Reads all output, so that the program never waits for a reader.
fn read(output: ChildStdout) -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(LINES);
    tokio::spawn(async move {
        let mut output = BufReader::new(output).lines();
        while let Ok(Some(line)) = output.next_line().await {
            let _ = sender.try_send(line);
        }
    });
    lines
}

/// Returns the end of a log, to explain an error.
fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(5).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
