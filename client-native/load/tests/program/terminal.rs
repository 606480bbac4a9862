//! Terminals that are closed or paused, and pipes without a reader: the run goes on or ends, and its files are written.

#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::Signal;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use tidewire_load::Counter;
use tokio::process::{Child, Command};

use crate::support::{Folder, PROGRAM, Running, command, errors, guarded, text};

const FILES: [&str; 8] = [
    "--json", "r.json", "--html", "r.html", "--csv", "r.csv", "--junit", "r.xml",
];

/// A terminal whose only program is the one under test.
struct Terminal {
    master: File,
    program: Child,
}

impl Terminal {
    /// Starts the program. `before` is a command that starts it.
    fn start(folder: &Folder, before: &[&str], args: &[&str]) -> Terminal {
        // A copy in the program would keep it open.
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).expect("a terminal");
        grantpt(&master).expect("its program's side can be opened");
        unlockpt(&master).expect("its program's side can be opened");
        let size = Winsize {
            ws_row: 40,
            ws_col: 120,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&master, size).expect("a terminal has a size");
        let name = ptsname(&master, Vec::new()).expect("a name");
        let side = || {
            let name = name.to_str().expect("a path");
            let mut options = File::options();
            let side = options.read(true).write(true).open(name);
            side.expect("the program's side opens")
        };
        // In a session of its own, of which this is the terminal.
        let program = Command::new("setsid")
            .arg("--ctty")
            .args(before)
            .arg(PROGRAM)
            .args(args)
            .current_dir(folder.path("."))
            .stdin(side())
            .stdout(side())
            .stderr(side())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        Terminal {
            master: File::from(master),
            program,
        }
    }

    /// Closes the terminal once the program has shown a text; returns the exit status.
    async fn close_after(self, part: &'static str) -> Option<i32> {
        let Terminal {
            mut master,
            mut program,
        } = self;
        let shown = tokio::task::spawn_blocking(move || {
            let (mut shown, mut buffer) = (Vec::new(), [0; 4096]);
            while !String::from_utf8_lossy(&shown).contains(part) {
                let length = master.read(&mut buffer).expect("the program runs");
                shown.extend_from_slice(&buffer[..length]);
            }
        });
        guarded(shown).await.expect("the program shows it");
        guarded(program.wait()).await.expect("it ends").code()
    }
}

fn assert_all_files_are_whole(folder: &Folder) {
    assert!(folder.read("r.html").ends_with("</html>\n"));
    assert!(folder.read("r.xml").trim_end().ends_with("</testsuites>"));
    assert!(folder.read("r.csv").lines().count() > 1);
}

#[tokio::test]
async fn a_closed_terminal_ends_the_run_with_its_files() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    for view in [&[][..], &["--plain"]] {
        let folder = Folder::new("closed");
        let run = [testbed.url(), "--users", "2", "--for", "1h"];
        let args = [&run[..], &FILES, view].concat();
        let terminal = Terminal::start(&folder, &["env", "--default-signal=HUP"], &args);
        assert_eq!(terminal.close_after("connected").await, Some(130));
        assert!(folder.report("r.json").is_interrupted);
        assert_all_files_are_whole(&folder);
    }
}

/// With SIGHUP ignored, which `nohup` does.
#[tokio::test]
async fn a_run_that_ignores_hangups_outlives_its_terminal() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    for view in [&[][..], &["--plain"]] {
        let folder = Folder::new("outlives");
        let ignoring = ["sh", "-c", "trap '' HUP; exec \"$0\" \"$@\""];
        let run = [testbed.url(), "--users", "2", "--for", "3s"];
        let args = [&run[..], &FILES, view].concat();
        let terminal = Terminal::start(&folder, &ignoring, &args);
        assert_eq!(terminal.close_after("connected").await, Some(0));
        assert!(!folder.report("r.json").is_interrupted);
        assert_all_files_are_whole(&folder);
    }
}

/// The system and the shell send one each as a terminal closes.
#[tokio::test]
async fn several_hangups_are_one_request_and_a_second_request_ends_the_run_at_once() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("hangups");
    let stuck = format!(
        "target = '{}'\n[[phase]]\nusers = 3\nduration = '1h'\n[[scenario]]\nnamespace = '/lab'\n\
         step = [{{ emit = 'silent', ack = {{ timeout = '1h' }} }}]\n",
        testbed.url()
    );
    let file = folder.write("stuck.toml", &stuck);
    let mut run = Running::start_in_terminal(&folder, &["run", &file, "--json", "r.json"]);
    run.line_with("3 connected").await;
    run.signal(Signal::HUP);
    run.line_with("ending: users finish their actions").await;
    run.signal(Signal::HUP);
    run.signal(Signal::HUP);
    run.signal(Signal::TERM);
    run.line_with("ending at once").await;
    let output = run.end().await;
    assert_eq!(output.status.code(), Some(130), "{}", errors(&output));
    let report = folder.report("r.json");
    assert_eq!(report.counter(Counter::UsersStopped), 3);
    assert!(text(&output).contains("ended before its time"));
}

#[tokio::test]
async fn a_run_whose_output_is_not_read_goes_on_and_writes_its_files() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("unread");
    // Arrivals and the course of the run need the thread that shows the progress.
    let content = format!(
        "target = '{}'\n[[phase]]\narrivals = 5\nduration = '4s'\n[[scenario]]\nnamespace = '/lab'\n\
         step = [{{ emit = 'echo', args = ['a'], ack = true }}, {{ log = 'a user is done' }}]\n",
        testbed.url()
    );
    let file = folder.write("s.toml", &content);
    let args = [&["run", &file], &FILES[..]].concat();
    let mut run = Running::start(&folder, &args);
    run.line_with("a user is done").await;
    run.clog().await;
    let path = std::path::PathBuf::from(folder.path("r.xml"));
    guarded(async {
        // The last one. It is whole as soon as it is there.
        while !path.exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let report = folder.report("r.json");
    assert_eq!(report.counter(Counter::UsersCompleted), 20);
    assert!(report.rows.len() >= 4, "{}", report.rows.len());
    assert_all_files_are_whole(&folder);
    run.kill().await;
}

#[tokio::test]
async fn pipes_that_are_closed_change_neither_the_files_nor_the_status() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("pipes");
    let run = [testbed.url(), "--users", "2", "--for", "1s"];
    let mut child = command()
        .args([&run[..], &FILES].concat())
        .current_dir(folder.path("."))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(guarded(child.wait()).await.unwrap().code(), Some(0));
    assert_all_files_are_whole(&folder);
}
