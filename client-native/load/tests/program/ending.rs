//! Ends of runs: by their time, by signals, and by users that do not end.

#![cfg(unix)]

use rustix::process::Signal;
use tidewire_load::Counter;

use crate::relay::{Front, Relay};
use crate::support::{Folder, Running, errors, guarded, status, text, tidewire_load};

#[tokio::test]
async fn an_interrupt_and_a_termination_end_the_run_with_a_report() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("interrupt");
    let args = [
        testbed.url(),
        "--users",
        "2",
        "--for",
        "1h",
        "--json",
        "r.json",
        "--junit",
        "r.xml",
    ];
    for signal in [Signal::INT, Signal::TERM] {
        let mut run = Running::start(&folder, &args);
        run.line_with("users").await;
        run.signal(signal);
        let output = run.end().await;
        assert_eq!(output.status.code(), Some(130));
        let report = folder.report("r.json");
        assert!(report.is_interrupted);
        assert!(text(&output).contains("ended before its time"));
        assert!(folder.read("r.xml").contains("failures=\"1\""));
    }
}

#[tokio::test]
async fn a_second_interrupt_ends_the_run_at_once_with_a_report() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("second");
    folder.write(
        "stuck.toml",
        "target = 'http://127.0.0.1:1'\n[[phase]]\nusers = 3\nduration = '1h'\n[[scenario]]\nnamespace = '/lab'\n\
         step = [{ emit = 'silent', ack = { timeout = '1h' } }]\n",
    );
    let args = [
        "run",
        "stuck.toml",
        "--target",
        testbed.url(),
        "--json",
        "r.json",
    ];
    let mut run = Running::start(&folder, &args);
    run.line_with("3 connected").await;
    run.signal(Signal::INT);
    run.line_with("ending: users finish their actions (Ctrl-C again ends at once)")
        .await;
    run.signal(Signal::INT);
    let output = run.end().await;
    assert!(
        errors(&output).contains("ending at once"),
        "{}",
        errors(&output)
    );
    assert_eq!(output.status.code(), Some(130));
    let report = folder.report("r.json");
    assert_eq!(report.counter(Counter::UsersStopped), 3);
    // They are neither answered nor overdue.
    assert_eq!(report.counter(Counter::AcksCutOff), 3);
    assert_eq!(report.counter(Counter::Errors), 0, "{:?}", report.reasons);
}

/// The first two requests wait for the note that each of them prints.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_third_interrupt_ends_a_run_whose_output_has_no_reader() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("third");
    let mut run = Running::start(&folder, &[testbed.url(), "--users", "2", "--for", "1h"]);
    run.line_with("users").await;
    run.clog().await;
    assert_eq!(run.signal_to_the_end(Signal::INT).await, Some(130));
}

#[tokio::test]
async fn the_first_interrupt_ends_the_wait_for_a_server_that_does_not_answer() {
    let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", server.local_addr().unwrap());
    let folder = Folder::new("unanswered");
    let mut run = Running::start(&folder, &[&url, "--for", "1h", "--connect-timeout", "1h"]);
    let _connection = guarded(server.accept()).await.unwrap();
    let notice = run.line_with("has not answered yet").await;
    assert!(
        notice.starts_with(&format!("waiting for {url}")),
        "{notice}"
    );
    run.signal(Signal::INT);
    let output = run.end().await;
    assert_eq!(output.status.code(), Some(2));
    let text = errors(&output);
    assert!(text.contains("interrupted before the run"), "{text}");
}

/// A scenario file with these phases and steps, against the testbed.
fn scenario(url: &str, phases: &str, steps: &str) -> String {
    format!("target = '{url}'\n{phases}\n[[scenario]]\nnamespace = '/lab'\nstep = [{steps}]\n")
}

#[tokio::test]
async fn a_number_of_users_arrives_at_once_in_a_phase_of_no_time() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("at-once");
    let own = scenario(testbed.url(), "[[phase]]\ncount = 7\nduration = '0s'", "");
    let artillery = format!(
        "config:\n  target: {}\n  phases: [{{ duration: 0, arrivalCount: 7 }}]\nscenarios:\n\
         - engine: socketio\n  flow:\n  - emit: {{ channel: hi, data: 1 }}\n",
        testbed.url()
    );
    for (name, content) in [("own.toml", own), ("artillery.yml", artillery)] {
        let file = folder.write(name, &content);
        let output = tidewire_load(&folder, &["run", &file, "--json", "r.json"]).await;
        assert_eq!(status(&output), 0, "{}", errors(&output));
        let report = folder.report("r.json");
        assert_eq!(report.counter(Counter::UsersCompleted), 7, "{name}");
        let most = report.rows.iter().map(|row| row.most_connections).max();
        assert!(most > Some(0), "users that come and go are seen");
    }
}

/// Each user renders templates without a pause, as costly as they may be.
#[tokio::test]
async fn users_that_keep_the_machine_busy_do_not_hold_up_an_interrupt() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("costly");
    let costly = "{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}";
    let steps = format!("{{ loop = {{ step = [{{ set = {{ x = \"{costly}\" }} }}] }} }}");
    let phases = "[[phase]]\nusers = 40\nduration = '1h'";
    let content = scenario(testbed.url(), phases, &steps)
        .replace("namespace", "on_error = 'go on'\nnamespace");
    let file = folder.write("costly.toml", &content);
    let mut run = Running::start(&folder, &["run", &file, "--json", "r.json"]);
    run.line_with("users").await;
    run.signal(Signal::INT);
    run.line_with("ending: users finish").await;
    run.signal(Signal::INT);
    let output = run.end().await;
    assert_eq!(output.status.code(), Some(130), "{}", errors(&output));
    let report = folder.report("r.json");
    let is_costly = |text: &str| text.contains("the template takes too long");
    assert!(report.reasons.iter().any(|it| is_costly(&it.text)));
}

#[tokio::test]
async fn a_flood_of_arrivals_does_not_hold_up_an_interrupt() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("flood");
    let phases = "[[phase]]\narrivals = 1000000\nduration = '1h'\nmax_users = 200";
    let file = folder.write(
        "flood.toml",
        &scenario(testbed.url(), phases, "{ stay = true }"),
    );
    let mut run = Running::start(&folder, &["run", &file, "--json", "r.json"]);
    run.line_with("200 users").await;
    run.signal(Signal::INT);
    let output = run.end().await;
    assert_eq!(output.status.code(), Some(130), "{}", errors(&output));
    let report = folder.report("r.json");
    assert!(report.counter(Counter::UsersSkipped) > 0);
}

/// A second brings more arrivals than a machine can count one by one in a day.
#[tokio::test]
async fn a_flood_of_arrivals_ends_with_its_phase() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("endless");
    let phases = "grace = '0s'\n[[phase]]\narrivals = 1e18\nduration = '1s'\nmax_users = 5";
    let file = folder.write(
        "endless.toml",
        &scenario(testbed.url(), phases, "{ stay = true }"),
    );
    let output = tidewire_load(&folder, &["run", &file, "--json", "r.json"]).await;
    assert_eq!(status(&output), 0, "{}", errors(&output));
    let report = folder.report("r.json");
    assert_eq!(report.counter(Counter::UsersStarted), 5);
    assert!(report.counter(Counter::UsersSkipped) > 1_000_000_000);
}

/// The server answers the look before the run, and no user.
#[tokio::test]
async fn a_run_that_ends_before_any_user_is_connected_has_failed() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    // Two connections for the facts of the handshake, and one of a client.
    let relay = Relay::start(Front::First(3), testbed.url()).await;
    let folder = Folder::new("unconnected");
    let url = format!("http://127.0.0.1:{}/lab", relay.port);
    let args = [&url, "--users", "3", "--for", "1s", "--json", "r.json"];
    let output = tidewire_load(&folder, &args).await;
    assert_eq!(status(&output), 1, "{}", errors(&output));
    assert!(errors(&output).contains("no user was connected"));
    assert!(text(&output).contains("No user was connected before the run ended"));
    let report = folder.report("r.json");
    assert_eq!(report.counter(Counter::ConnectsCutOff), 3);
    assert_eq!(report.counter(Counter::Errors), 0, "{:?}", report.reasons);
}

/// The time is that of the ack, which is far longer than the grace, so a run that waits for it hangs.
#[tokio::test]
async fn a_run_ends_within_its_grace() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let folder = Folder::new("grace");
    let phases = "grace = '1s'\n[[phase]]\ncount = 3\nduration = '100ms'";
    let stuck = "{ emit = 'silent', ack = { timeout = '1h' } }";
    let file = folder.write("grace.toml", &scenario(testbed.url(), phases, stuck));
    let output = tidewire_load(&folder, &["run", &file, "--json", "r.json"]).await;
    assert_eq!(status(&output), 0, "{}", errors(&output));
    let report = folder.report("r.json");
    assert_eq!(report.counter(Counter::UsersStopped), 3);
    assert_eq!(report.counter(Counter::AcksCutOff), 3);
}
