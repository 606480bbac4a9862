//! Servers and helpers of the tests.

#![allow(dead_code, reason = "every test target uses a part of it")]

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use tidewire_load::Report;

/// Ends a test that hangs. No test waits for it to pass.
const GUARD: Duration = Duration::from_secs(120);

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_tidewire-load");

/// A command of the program.
pub(crate) fn command() -> tokio::process::Command {
    tokio::process::Command::new(PROGRAM)
}

/// Awaits `future`; panics if it does not end.
pub(crate) async fn guarded<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(GUARD, future)
        .await
        .expect("the test hangs")
}

/// Runs the program in the folder of a test and returns its output.
pub(crate) async fn tidewire_load(folder: &Folder, args: &[&str]) -> Output {
    tidewire_load_in(folder, args, &[]).await
}

/// Runs the program with these variables of the environment.
pub(crate) async fn tidewire_load_in(
    folder: &Folder,
    args: &[&str],
    environment: &[(&str, &str)],
) -> Output {
    let child = command()
        .args(args)
        .envs(environment.iter().copied())
        .current_dir(&folder.0)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    guarded(child).await.expect("the program starts")
}

/// The program in the background. Dropping it kills it.
pub(crate) struct Running {
    child: tokio::process::Child,
    errors: tokio::io::Lines<tokio::io::BufReader<tokio::process::ChildStderr>>,
}

impl Running {
    /// Starts it in the folder of a test.
    pub(crate) fn start(folder: &Folder, args: &[&str]) -> Running {
        Running::spawn(folder, command(), args)
    }

    /// Starts it so that SIGHUP has its default effect, also if the tests were started by `nohup`.
    #[cfg(target_os = "linux")]
    pub(crate) fn start_in_terminal(folder: &Folder, args: &[&str]) -> Running {
        let mut command = tokio::process::Command::new("env");
        command.args(["--default-signal=HUP", PROGRAM]);
        Running::spawn(folder, command, args)
    }

    fn spawn(folder: &Folder, mut command: tokio::process::Command, args: &[&str]) -> Running {
        let mut child = command
            .args(args)
            .current_dir(&folder.0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let errors = tokio::io::BufReader::new(child.stderr.take().expect("it is piped"));
        Running {
            child,
            errors: tokio::io::AsyncBufReadExt::lines(errors),
        }
    }

    /// Reads standard error up to a line that contains `part`; returns the line.
    pub(crate) async fn line_with(&mut self, part: &str) -> String {
        loop {
            let line = guarded(self.errors.next_line()).await.expect("a text");
            let line = line.expect("the program still runs");
            if line.contains(part) {
                return line;
            }
        }
    }

    /// Sends it a signal.
    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        send(self.child.id().expect("it runs"), signal);
    }

    /// Fills standard error, so that the program waits as soon as it writes there. No test reads it afterwards.
    #[cfg(target_os = "linux")]
    pub(crate) async fn clog(&mut self) {
        use std::os::fd::AsRawFd;

        let pipe = self.errors.get_ref().get_ref().as_raw_fd();
        // Opened anew, so that the program's own end still waits.
        let pipe = tokio::net::unix::pipe::OpenOptions::new()
            .open_sender(format!("/proc/self/fd/{pipe}"))
            .expect("a pipe can be opened again");
        guarded(pipe.writable()).await.expect("it is open");
        // More than a pipe holds.
        let part = vec![b'\n'; 1 << 20];
        while pipe.try_write(&part).is_ok() {}
    }

    /// Sends a signal again and again, until the program ends; returns its exit status. Signals that come together are one.
    #[cfg(unix)]
    pub(crate) async fn signal_to_the_end(
        &mut self,
        signal: rustix::process::Signal,
    ) -> Option<i32> {
        let ended = async {
            loop {
                self.signal(signal);
                let next = tokio::time::sleep(Duration::from_millis(20));
                tokio::select! {
                    status = self.child.wait() => break status.expect("it ends").code(),
                    () = next => {}
                }
            }
        };
        guarded(ended).await
    }

    /// Kills it, as a crash does.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("it can be killed");
    }

    /// Waits for its end. Standard error holds the lines that were not read.
    pub(crate) async fn end(self) -> Output {
        let Running { child, mut errors } = self;
        let rest = async {
            let mut rest = String::new();
            while let Some(line) = errors.next_line().await.expect("a text") {
                rest.push_str(&line);
                rest.push('\n');
            }
            rest
        };
        let (rest, output) = guarded(async { tokio::join!(rest, child.wait_with_output()) }).await;
        Output {
            stderr: rest.into_bytes(),
            ..output.expect("it ends")
        }
    }
}

/// The exit status.
pub(crate) fn status(output: &Output) -> i32 {
    output.status.code().expect("it was not killed")
}

/// Standard error.
pub(crate) fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Standard output.
pub(crate) fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A folder that is removed at the end of the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes a folder.
    pub(crate) fn new(name: &str) -> Folder {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Folder(path)
    }

    /// Writes a file; returns its path.
    pub(crate) fn write(&self, name: &str, content: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, content).expect("the folder is writable");
        path.display().to_string()
    }

    /// The path of a file.
    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    /// Reads a file.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).expect("the file was written")
    }

    /// Reads a report.
    pub(crate) fn report(&self, name: &str) -> Report {
        Report::from_json(&self.read(name)).expect("a report")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A Node server of `server-testbed/peers`. Dropping it kills it.
pub(crate) struct Peer {
    child: Child,
    /// Its port.
    pub(crate) port: u16,
    /// The port that takes sessions of WebTransport as TCP connections, or 0.
    pub(crate) session_port: u16,
}

impl Peer {
    /// Starts `node <folder>/server.js` and waits until it listens.
    pub(crate) fn start(folder: &str, env: &[(&str, &str)]) -> Peer {
        let peers = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../server-testbed/peers");
        assert!(
            peers.join("node_modules").exists(),
            "the Node peers are not installed: run `cargo xtask test --only peers`"
        );
        let mut child = Command::new("node")
            .arg(format!("{folder}/server.js"))
            .current_dir(peers)
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is installed");
        let output = child.stdout.take().expect("standard output is piped");
        let mut lines = BufReader::new(output).lines();
        let number = |text: &str| text.trim().parse().expect("a port");
        let mut session_port = 0;
        let port = loop {
            let line = lines.next().expect("the server starts").expect("a text");
            if let Some(port) = line.strip_prefix("webtransport on ") {
                session_port = number(port);
            }
            if let Some(port) = line.strip_prefix("listening on ") {
                break number(port);
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Peer {
            child,
            port,
            session_port,
        }
    }
}

#[cfg(unix)]
impl Peer {
    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        send(self.child.id(), signal);
    }
}

#[cfg(unix)]
fn send(id: u32, signal: rustix::process::Signal) {
    let id = i32::try_from(id)
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    rustix::process::kill_process(id.expect("a process"), signal).expect("it lives");
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
