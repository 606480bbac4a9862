//! The job for GitHub Actions and the Dockerfile: their commands are those of the program, and fit together.

use std::path::Path;
use std::process::{Output, Stdio};

use saphyr::{LoadableYamlNode, Yaml};
use tokio::process::Command;

use crate::support::{Folder, Peer, errors, guarded, status};

const JOB: &str = include_str!("../../github-actions.yaml");
const DOCKERFILE: &str = include_str!("../../Dockerfile");
const SCENARIO: &str = "\
target = 'http://a'
[[phase]]
count = 5
duration = '1s'
[[scenario]]
namespace = '/lab'
step = [{ loop = { times = 3, every = '100ms', step = [{ emit = 'echo', args = 1, ack = true }] } }]
";

/// The script of a step.
fn script(name: &str) -> String {
    let documents = Yaml::load_from_str(JOB).expect("YAML");
    let steps = documents[0]["jobs"]["load"]["steps"].as_sequence();
    let mut steps = steps.expect("steps").iter();
    let name_of = |step: &Yaml<'_>| {
        step.as_mapping_get("name")
            .and_then(Yaml::as_str)
            .map(str::to_owned)
    };
    let step = steps.find(|step| name_of(step).as_deref() == Some(name));
    let script = step.expect("the step")["run"].as_str();
    script.expect("a script").to_owned()
}

/// Runs a script as a runner does: `bash -e`, with the program in the path.
async fn run(folder: &Folder, script: &str) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_tidewire-load"));
    let path = std::env::var("PATH").expect("a path");
    let folder_of_program = program.parent().expect("a folder").display();
    let child = Command::new("bash")
        .args(["-e", "-c", script])
        .env("PATH", format!("{folder_of_program}:{path}"))
        .current_dir(folder.path(""))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    guarded(child).await.expect("bash starts")
}

#[tokio::test]
async fn the_job_fails_if_and_only_if_a_threshold_is_not_met() {
    let server = Peer::start("socketio4", &[]);
    let folder = Folder::new("job");
    std::fs::create_dir(folder.path("load")).unwrap();
    folder.write("load/scenario.toml", SCENARIO);
    let here = |name| script(name).replace("localhost:3000", &format!("127.0.0.1:{}", server.port));
    // The server runs: the script waits for it.
    let start = here("Start the server").replace("npm start", "true");
    let output = run(&folder, &start).await;
    assert_eq!(status(&output), 0, "{}", errors(&output));

    let load = here("Run the load");
    for (load, expected, failures) in [
        (load.replace("200ms", "1h").replace("< 1s", "< 1h"), 0, 0),
        (load.replace("200ms", "1us").replace("< 1s", "< 1h"), 1, 1),
    ] {
        let output = run(&folder, &load).await;
        assert_eq!(status(&output), expected, "{}", errors(&output));
        let xml = folder.read("load-report/junit.xml");
        let counts = format!("tests=\"5\" failures=\"{failures}\"");
        assert!(xml.contains(&counts), "{xml}");
        for file in ["load-report/report.json", "load-report/report.html"] {
            assert!(!folder.read(file).is_empty());
        }
    }
}

#[test]
fn the_image_holds_the_program_that_it_builds() {
    let built = "cargo build --release --locked -p tidewire-load";
    assert!(DOCKERFILE.contains(built));
    let name = env!("CARGO_PKG_NAME");
    assert!(DOCKERFILE.contains(&format!("/source/target/release/{name} /usr/local/bin/")));
    assert!(DOCKERFILE.contains(&format!("ENTRYPOINT [\"{name}\"]")));
}
