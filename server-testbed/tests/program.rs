//! Checks the program as a user starts it: settings from options, environment variables and a file, and logs without a reader.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

/// Runs the program, which must refuse its settings.
fn refused(args: &[&str], variables: &[(&str, &str)]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tidewire-testbed"))
        .args(args)
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // It prints a line when it serves, and ends without one when it refuses.
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
    output.read_line(&mut line).expect("UTF-8");
    if !line.is_empty() {
        child.kill().expect("it runs");
    }
    let status = child.wait().expect("a child");
    assert_eq!(line, "", "{args:?} {variables:?} are accepted");
    let mut text = String::new();
    let mut errors = child.stderr.take().expect("it is piped");
    errors.read_to_string(&mut text).expect("UTF-8");
    assert!(!status.success(), "{args:?} {variables:?}: {text}");
    assert!(!text.contains("panicked"), "{args:?} {variables:?}: {text}");
    text
}

/// Options with values that are refused, and a part of the error beside the option's name.
const WRONG: [(&str, &[&str], &str); 18] = [
    ("host", &["", "x", "300.0.0.1", "127.0.0.1:1"], "invalid"),
    (
        "port",
        &["", "-1", "65536", "x", "1.5", "nan"],
        "from 0 to 65535",
    ),
    (
        "path",
        &["", "/", "io", "/a b", "/health"],
        "begin with `/`",
    ),
    (
        "ping-interval",
        &["", "0", "-1", "86400001", "1.5", "NaN", "x"],
        "from 1 to 86400000 ms",
    ),
    (
        "ping-timeout",
        &["", "0", "-1", "18446744073709551616", "inf"],
        "from 1 to 86400000 ms",
    ),
    (
        "max-buffer-size",
        &["", "0", "-1", "18446744073709551615", "x"],
        "from 1 to 1000000 packets",
    ),
    (
        "max-buffer-bytes",
        &["", "0", "-1", "1000000001", "x"],
        "from 1 to 1000000000 bytes",
    ),
    (
        "max-payload",
        &["", "0", "-1", "18446744073709551615", "x"],
        "from 1 to 1000000000 bytes",
    ),
    (
        "max-rooms",
        &["", "-1", "1000001", "1e3"],
        "from 0 to 1000000 rooms",
    ),
    (
        "redis",
        &["", "x", "mysql://x", "redis://", "rediss://x"],
        "use redis://HOST:PORT",
    ),
    ("node", &["", "a b", "a;b", "a\nb"], "letters, digits"),
    ("bridge", &["", "2", "yes"], "true, false"),
    ("app", &["", "a", "a=", "=b"], "NAME=KEY"),
    ("original", &["2", "yes"], "true, false"),
    ("echo-auth", &["", "x", "https://x/auth"], "URL of http"),
    ("echo-client", &["", "a", "a=", "=b"], "NAME=KEY"),
    ("session-secret", &[""], "at least one character"),
    ("log", &["", "a=b=c"], "trace"),
];

#[test]
fn a_wrong_value_of_an_option_is_refused_by_name_with_what_is_allowed() {
    for (option, values, allowed) in WRONG {
        for value in values {
            let text = refused(&[&format!("--{option}={value}")], &[]);
            let names_it = text.contains(&format!("--{option}"));
            assert!(
                names_it && text.contains(allowed),
                "{option}={value}: {text}"
            );
        }
    }
    let text = refused(&["--log-format", "xml"], &[]);
    assert!(text.contains("text, json"), "{text}");
}

#[test]
fn a_negative_number_after_a_space_is_a_value() {
    let text = refused(&["--ping-interval", "-1"], &[]);
    assert!(text.contains("'-1' for '--ping-interval"), "{text}");
}

#[test]
fn environment_variables_have_the_same_rules() {
    for (option, values, allowed) in WRONG {
        let variable = match option {
            "app" => "TIDEWIRE_APPS".to_owned(),
            "echo-client" => "TIDEWIRE_ECHO_CLIENTS".to_owned(),
            _ => format!("TIDEWIRE_{}", option.replace('-', "_").to_uppercase()),
        };
        // The last value is enough: both ways have the same code.
        let value = values.last().expect("each has one");
        let text = refused(&[], &[(&variable, value)]);
        let names_it = text.contains(&format!("--{option}"));
        assert!(
            names_it && text.contains(allowed),
            "{variable}={value}: {text}"
        );
    }
}

#[test]
fn a_mistake_in_the_file_names_the_file_and_the_setting() {
    let folder = std::env::temp_dir().join(format!("tidewire-testbed-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("settings.toml");
    let name = file.to_str().expect("UTF-8");
    for (text, error) in [
        (
            "ping-interval = 0",
            "ping-interval 0: use a whole number from 1",
        ),
        ("ping-interval = \"x\"", "line 1, column 17"),
        ("[echo-clients]\nshop = \"\"", "echo-clients \"shop\": use"),
        ("prot = 1", "unknown field `prot`"),
    ] {
        std::fs::write(&file, text).expect("the folder is writable");
        let refusal = refused(&["--config", name], &[]);
        assert!(
            refusal.contains(name) && refusal.contains(error),
            "{text}: {refusal}"
        );
    }
    std::fs::remove_dir_all(&folder).expect("it exists");
    let refusal = refused(&["--config", name], &[]);
    assert!(refusal.contains(name), "{refusal}");
}

/// In `tidewire-testbed 2>&1 | head`, the reader ends first.
#[test]
fn a_server_whose_logs_have_no_reader_goes_on() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tidewire-testbed"))
        .args(["--log", "trace", "--port", "0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stderr.take());
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
    output.read_line(&mut line).expect("UTF-8");
    let port = line.trim_end().strip_prefix("listening on ");
    let port = port.and_then(|port| port.parse().ok()).unwrap_or(0);
    // Each request has logs.
    let answers: Vec<_> = (0..2).map(|_| handshake(port)).collect();
    child.kill().expect("it runs");
    child.wait().expect("a child");
    for answer in answers {
        let answer = answer.expect("the server answers");
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    }
}

fn handshake(port: u16) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    let head =
        "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
