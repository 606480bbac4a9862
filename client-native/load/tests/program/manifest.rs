//! The manifest for Kubernetes: its parts fit together, and its commands are a run of four shards.

use std::collections::BTreeSet;
use std::process::Stdio;

use saphyr::{LoadableYamlNode, Yaml};
use tidewire_load::Counter;
use tidewire_testbed::RedisServer;
use tokio::process::Command;

use crate::support::{Folder, errors, guarded, status, text};

const MANIFEST: &str = include_str!("../../kubernetes.yaml");
const SCENARIO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios/shards.toml");

fn find<'a>(objects: &'a [Yaml<'a>], kind: &str, name: &str) -> &'a Yaml<'a> {
    let is_it = |object: &&Yaml<'_>| {
        object["kind"].as_str() == Some(kind) && object["metadata"]["name"].as_str() == Some(name)
    };
    let found = objects.iter().find(is_it);
    found.expect("the manifest has it")
}

fn container<'a>(job: &'a Yaml<'a>) -> &'a Yaml<'a> {
    &job["spec"]["template"]["spec"]["containers"][0]
}

fn args(job: &Yaml<'_>) -> Vec<String> {
    let args = container(job)["args"].as_sequence().expect("arguments");
    args.iter()
        .map(|arg| arg.as_str().expect("a text").to_owned())
        .collect()
}

fn option(args: &[String], name: &str) -> String {
    let values = args
        .iter()
        .filter_map(|arg| arg.strip_prefix(&format!("{name}=")));
    let values: Vec<&str> = values.collect();
    assert_eq!(values.len(), 1, "{name} in {args:?}");
    values[0].to_owned()
}

#[test]
fn the_parts_of_the_manifest_fit_together() {
    let objects = Yaml::load_from_str(MANIFEST).expect("YAML");
    let (load, watch) = (
        find(&objects, "Job", "load"),
        find(&objects, "Job", "load-watch"),
    );
    let spec = &load["spec"];
    assert_eq!(spec["completionMode"].as_str(), Some("Indexed"));
    assert_eq!(spec["backoffLimit"].as_integer(), Some(0));
    assert_eq!(
        spec["template"]["spec"]["restartPolicy"].as_str(),
        Some("Never")
    );
    let shards = spec["completions"].as_integer().expect("a number");
    assert_eq!(
        spec["parallelism"].as_integer(),
        Some(shards),
        "all run at the same time"
    );
    let args_of = (args(load), args(watch));
    assert_eq!(option(&args_of.0, "--shard"), format!("auto/{shards}"));
    option(&args_of.0, "--seed")
        .parse::<u64>()
        .expect("a number");

    let url = url::Url::parse(&option(&args_of.0, "--meet")).expect("a URL");
    assert_eq!(args_of.1[1], url.as_str(), "both use one Redis");
    assert_eq!(
        option(&args_of.0, "--run-name"),
        option(&args_of.1, "--run-name")
    );
    let service = find(&objects, "Service", url.host_str().expect("a host"));
    let port = i64::from(url.port().expect("a port"));
    assert_eq!(service["spec"]["ports"][0]["port"].as_integer(), Some(port));
    let redis = find(&objects, "Deployment", "load-redis");
    assert_eq!(
        container(redis)["ports"][0]["containerPort"].as_integer(),
        Some(port)
    );
    let labels = &redis["spec"]["template"]["metadata"]["labels"]["app"];
    assert_eq!(service["spec"]["selector"]["app"].as_str(), labels.as_str());
    assert_eq!(
        redis["spec"]["selector"]["matchLabels"]["app"].as_str(),
        labels.as_str()
    );

    let mount = &container(load)["volumeMounts"][0];
    let file = &args_of.0[1];
    assert!(
        file.starts_with(mount["mountPath"].as_str().expect("a path")),
        "{file}"
    );
    let volume = &spec["template"]["spec"]["volumes"][0];
    assert_eq!(volume["name"].as_str(), mount["name"].as_str());
}

/// Starts the program as a pod does, with what differs on this machine in the place of the cluster's.
fn pod(
    folder: &Folder,
    args: &[String],
    index: Option<u64>,
    redis: &RedisServer,
) -> tokio::process::Child {
    let args = args.iter().map(|arg| match arg.as_str() {
        "/scenario/scenario.toml" => SCENARIO.to_owned(),
        other => other.replace("redis://load-redis:6379", &redis.url()),
    });
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidewire-load"));
    command.args(args).current_dir(folder.path(""));
    if let Some(index) = index {
        command.env("JOB_COMPLETION_INDEX", index.to_string());
        command.args(["--json", &format!("{index}.json")]);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.kill_on_drop(true).spawn().unwrap()
}

#[tokio::test]
async fn its_commands_are_a_run_of_all_shards() {
    let testbed = tidewire_testbed::spawn(Default::default()).await.unwrap();
    let (redis, folder) = (
        RedisServer::start().expect("a Redis"),
        Folder::new("manifest"),
    );
    let objects = Yaml::load_from_str(MANIFEST).expect("YAML");
    let load = find(&objects, "Job", "load");
    let shards = load["spec"]["completions"].as_integer().expect("a number") as u64;
    let mut command = args(load);
    command.extend(["--target".to_owned(), testbed.url().to_owned()]);
    let pods: Vec<_> = (0..shards)
        .map(|index| pod(&folder, &command, Some(index), &redis))
        .collect();
    let watch = pod(
        &folder,
        &args(find(&objects, "Job", "load-watch")),
        None,
        &redis,
    );
    for pod in pods {
        let output = guarded(pod.wait_with_output()).await.unwrap();
        assert_eq!(status(&output), 0, "{}", errors(&output));
    }
    let output = guarded(watch.wait_with_output()).await.unwrap();
    assert_eq!(status(&output), 0, "{}", errors(&output));
    assert!(text(&output).contains("40 started"), "{}", text(&output));
    let reports = (0..shards).map(|index| folder.report(&format!("{index}.json")));
    let parts: BTreeSet<_> = reports
        .map(|it| (it.shards[0], it.counter(Counter::UsersStarted)))
        .collect();
    let expected = (0..shards).map(|index| ((index, shards), 40 / shards));
    assert_eq!(parts, expected.collect());
}

#[tokio::test]
async fn a_number_that_no_scheduler_gives_is_an_error() {
    for (index, part) in [
        (
            None,
            "neither JOB_COMPLETION_INDEX nor NOMAD_ALLOC_INDEX is set",
        ),
        (
            Some("4"),
            "JOB_COMPLETION_INDEX is `4`: expected a number below 4",
        ),
        (Some("x"), "JOB_COMPLETION_INDEX is `x`"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidewire-load"));
        command.args(["http://127.0.0.1:1", "--seed", "1", "--shard", "auto/4"]);
        command
            .env_remove("JOB_COMPLETION_INDEX")
            .env_remove("NOMAD_ALLOC_INDEX");
        if let Some(index) = index {
            command.env("JOB_COMPLETION_INDEX", index);
        }
        let output = guarded(command.output()).await.unwrap();
        assert_eq!(status(&output), 2);
        assert!(errors(&output).contains(part), "{}", errors(&output));
    }
}
