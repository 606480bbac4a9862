//! Artillery's scripts as they are. Artillery 2.0.21 runs `builtin.yml` and `v3.yml` of `tests/artillery` without an
//! error, and artillery 1.7.9 runs `first.yml`.

use tidewire_load::{Counter, Kind, Report};

use crate::support::{Folder, Peer, errors, status, text, tidewire_load};

async fn run(name: &str, target: &str) -> (Report, String) {
    let folder = Folder::new(&format!("artillery-{name}"));
    let file = format!("{}/tests/artillery/{name}", env!("CARGO_MANIFEST_DIR"));
    let args = ["run", &file, "--target", target, "--json", "r.json"];
    let output = tidewire_load(&folder, &args).await;
    let log = errors(&output);
    assert_eq!(status(&output), 0, "{log}{}", text(&output));
    (folder.report("r.json"), log)
}

#[tokio::test]
async fn a_script_of_its_engine_runs_against_both_versions() {
    for peer in ["socketio2", "socketio4"] {
        let server = Peer::start(peer, &[]);
        let url = format!("http://127.0.0.1:{}", server.port);
        let (report, log) = run("builtin.yml", &url).await;
        let count = |counter| report.counter(counter);
        assert_eq!(count(Counter::Errors), 0, "{peer}: {:?}", report.reasons);
        assert_eq!(count(Counter::UsersStarted), 14);
        assert_eq!(count(Counter::UsersCompleted), 14);
        let labs = report
            .series(Kind::Ack, "join")
            .expect("acks")
            .response
            .count();
        let chats = report
            .series(Kind::Wait, "res")
            .expect("responses")
            .response
            .count();
        assert_eq!(labs + chats, 14);
        // Two echoes and three rounds for each user of the lab.
        let echoes = report
            .series(Kind::Ack, "echo")
            .expect("acks")
            .response
            .count();
        assert_eq!(echoes, 5 * labs);
        assert_eq!(log.matches(" has chatted").count() as u64, chats);
    }
}

#[tokio::test]
async fn a_script_of_artillery_1_runs_against_a_server_of_its_time() {
    let server = Peer::start("socketio2", &[]);
    let (report, _) = run("first.yml", &format!("http://127.0.0.1:{}", server.port)).await;
    assert_eq!(report.counter(Counter::Errors), 0, "{:?}", report.reasons);
    assert_eq!(report.counter(Counter::UsersCompleted), 4);
    assert_eq!(report.counter(Counter::Acked), 8);
    let answers = report.series(Kind::Wait, "flooded").expect("responses");
    assert_eq!(answers.response.count(), 4);
}

#[tokio::test]
async fn a_script_of_the_engine_for_version_3_runs() {
    let server = Peer::start("socketio4", &[]);
    let (report, _) = run("v3.yml", &format!("http://127.0.0.1:{}", server.port)).await;
    assert_eq!(report.counter(Counter::Errors), 0, "{:?}", report.reasons);
    assert_eq!(report.counter(Counter::UsersCompleted), 5);
    assert_eq!(report.counter(Counter::Acked), 10);
}
