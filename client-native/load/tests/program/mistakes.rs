//! Mistakes in files and options, which are found before the run.

use crate::support::{Folder, errors, status, text, tidewire_load};

/// Mistakes: a file, and the places and texts of its mistakes.
const MISTAKES: &[(&str, &str, &[&str])] = &[
    (
        "empty.toml",
        "",
        &[
            "1:1: a scenario file needs `target`",
            "needs `phase`",
            "needs `scenario`",
        ],
    ),
    ("broken.toml", "target = \n", &["1:"]),
    ("broken.yml", "target: [\n", &["2:"]),
    (
        "phases.toml",
        "target = 'http://a'\n[[phase]]\ndurration = 1\narrivals = -5\n[[phase]]\nduration = '1 parsec'\nusers = 1\n\
         [[scenario]]\nstep = [{ stay = true }]\n",
        &[
            "2:1: a phase needs `duration`",
            "3:1: unknown field `durration` of a phase: did you mean `duration`?",
            "4:12: the number -5: expected a number that is not negative",
            "6:12: `1 parsec` is not a time",
        ],
    ),
    (
        "steps.toml",
        "target = 'http://a'\n[[phase]]\npause = 1\n[[scenario]]\n[[scenario.step]]\nemitt = 'x'\n\
         [[scenario.step]]\nemit = 'x {{ nam }}'\nack = { timeout = 'x', chek = '1' }\n\
         [[scenario.step]]\nthink = 1\nwait = 'x'\n[[scenario.step]]\nhttp = 'login'\n",
        &[
            "5:1: a step needs one of `emit`, ",
            "and found `emitt`: did you mean `emit`?",
            "8:8: template: unknown variable `nam`",
            "9:19: `x` is not a time",
            "9:24: unknown field `chek` of an ack: did you mean `check`?",
            "beside `wait`: a step has one of them",
            "expected a method and a URL",
        ],
    ),
    (
        "peers.toml",
        "target = 'http://a'\n[[phase]]\npause = 1\n[[scenario]]\n[[scenario.step]]\npresence = 'three'\n\
         [[scenario.step]]\nreceive = 1\n[[scenario.step]]\nexchange = { to = '{{ members[0] }}', payloadd = 1 }\n",
        &[
            "6:12: the text `three`: expected a number of members",
            "8:11: the number 1: expected `receive = true`",
            "an exchange needs `payload`",
            "unknown field `payloadd` of an exchange: did you mean `payload`?",
        ],
    ),
    (
        "data.toml",
        "target = 'http://a'\n[[data]]\nfile = 'data.csv'\n[[phase]]\npause = 1\n\
         [[scenario]]\nstep = [{ stay = true }]\n",
        &["3:8: ", "data.csv:3: 1 columns, expected 2: `b` is missing"],
    ),
    (
        "artillery.yml",
        "config:\n  target: http://a\n  processor: x.js\n  phases: [{ duration: 1, arrivalRate: 1 }]\nscenarios:\n\
         - engine: socketio\n  flow:\n  - function: f\n  - emit: { channel: x, data: '{{ $nope }}' }\n  - get: { url: /, afterResponse: f }\n",
        &[
            "3:3: unknown field `processor` of config",
            ": a step needs one of `emit`, ",
            "9:31: `$nope` is not understood",
            "10:20: unknown field `afterResponse` of a request",
        ],
    ),
    (
        "values.toml",
        r#"target = 'http://a'
client = { timeout = '0s', tls = { inecure = true } }
[variables]
image = { binary = 7 }
[[phase]]
duration = '0s'
arrivals = 5
[[scenario]]
step = [
  { emit = 'connect' },
  { emit = 'x', args = [{ binary = 1073741825 }, [{ binary = -1 }], { a = { binary = 1.5 } }] },
  { emit = 'x', args = ['hello'], deliver = 3 },
  { emit = 'x', args = ['{{ tag }}'], deliver = { to = -3, within = '0s' } },
  { wait = 'disconnect' },
  { http = 'GET /', expect = 9999 },
  { http = 'POST /', json = { a = { binary = 1 } } },
  { exchange = { to = 'x', payload = 'hello', deliver = true } },
]
"#,
        &[
            "2:22: the text `0s`: expected a time above 0",
            "unknown field `inecure` of tls: did you mean `insecure`?",
            "4:1: binary cannot stand here: only events have attachments",
            "6:12: the text `0s`: expected a time above 0",
            "10:12: the event name `connect` is reserved",
            "11:36: the number 1073741825: expected a number of bytes from 0 to 1073741824",
            "11:62: the number -1: expected a number of bytes",
            "11:86: the number 1.5: expected a number of bytes",
            "12:45: the event has no tag, so its arrival cannot be seen: write {{ tag }} into an argument",
            "13:56: the number -3: expected a number of receivers, a whole number that is not negative",
            "13:69: the text `0s`: expected a time above 0",
            "14:12: the event name `disconnect` is reserved",
            "15:30: the number 9999: expected an HTTP status from 100 to 599",
            "16:31: binary cannot stand here",
            "17:57: the event has no tag",
        ],
    ),
    (
        "loops.toml",
        r#"target = 'http://a'
[[phase]]
pause = 1
[[scenario]]
step = [
  { loop = { times = -1, step = [{ think = 1 }] } },
  { loop = { times = 'many', step = [{ think = 1 }] } },
  { loop = { over = 5, step = [{ think = 1 }] } },
  { loop = { every = 0, for = '0s', step = [] } },
  { choose = [{ weight = 0, step = [] }, { weight = 0, step = [] }] },
]
"#,
        &[
            "6:22: the number -1: expected a number of rounds, a whole number",
            "7:22: the text `many`: expected a number of rounds",
            "8:21: the number 5: expected a list, or an expression such as \"{{ names }}\"",
            "9:22: the number 0: expected a time above 0",
            "9:31: the text `0s`: expected a time above 0",
            "9:44: the loop has no step: expected at least one",
            "10:14: all choices have the weight 0: none would run",
        ],
    ),
    (
        "columns.toml",
        "target = 'http://a'\n[[data]]\nfile = 'surplus.csv'\n[[data]]\nfile = 'twice.csv'\n[[data]]\nfile = 'more.jsonl'\n\
         [[phase]]\npause = 1\n[[scenario]]\nstep = [{ stay = true }]\n",
        &[
            "3:8: ",
            "surplus.csv:2: 3 columns, expected 2: a value with a comma needs quotes",
            "5:8: ",
            "twice.csv:1: two columns are named `a`",
            "7:8: ",
            "more.jsonl: line 2 has `b`, and the first line has not",
        ],
    ),
    (
        "weightless.yml",
        "config:\n  target: http://a\n  phases: [{ duration: 1, arrivalRate: 1 }]\nscenarios:\n\
         - engine: socketio\n  weight: 0\n  flow:\n  - emit: { channel: connect, data: 1 }\n  - loop: []\n    count: -1\n",
        &[
            "5:3: all scenarios have the weight 0: no user would run",
            "8:22: the event name `connect` is reserved",
            "9:11: the loop has no step: expected at least one",
        ],
    ),
];

#[tokio::test]
async fn every_mistake_names_its_place_and_what_was_expected() {
    let folder = Folder::new("mistakes");
    folder.write("data.csv", "a,b\n1,2\n3\n");
    folder.write("surplus.csv", "a,b\n1,2,3\n");
    folder.write("twice.csv", "a,a\n1,2\n");
    folder.write("more.jsonl", "{\"a\":1}\n{\"a\":2,\"b\":3}\n");
    for (name, content, mistakes) in MISTAKES {
        let file = folder.write(name, content);
        for command in ["check", "run"] {
            let output = tidewire_load(&folder, &[command, &file]).await;
            assert_eq!(status(&output), 2, "{name}");
            let found = errors(&output);
            for mistake in *mistakes {
                assert!(
                    found.contains(mistake),
                    "{name}: no `{mistake}` in\n{found}"
                );
            }
        }
    }
}

#[tokio::test]
async fn options_that_make_no_run_are_errors() {
    let folder = Folder::new("options");
    for (args, part) in [
        (
            &["--every", "0s", "--emit", "a"][..],
            "expected a time above 0",
        ),
        (&["--for", "0s"], "expected a time above 0"),
        (&["--timeout", "0ms"], "expected a time above 0"),
        (&["--for", "3651d"], "expected at most 3,650 days"),
        (&["--connecting", "0"], "--connecting"),
        (&["--emit", "disconnect"], "`disconnect` is reserved"),
        (
            &["--shard", "1/10001", "--seed", "1"],
            "at most 10000 shards",
        ),
    ] {
        let output = tidewire_load(&folder, &[&["http://127.0.0.1:1"][..], args].concat()).await;
        assert_eq!(status(&output), 2, "{args:?}");
        assert!(errors(&output).contains(part), "{}", errors(&output));
    }
}

/// Editors of Windows write both.
#[tokio::test]
async fn byte_order_marks_and_line_ends_of_windows_are_no_mistakes() {
    let folder = Folder::new("windows");
    let windows = |name: &str, text: &str| {
        folder.write(name, &format!("\u{feff}{}", text.replace('\n', "\r\n")))
    };
    windows("rows.csv", "a,b\n1,2\n");
    windows("rows.json", "[{ \"c\": 1 }]\n");
    windows("rows.jsonl", "{ \"d\": 1 }\n\n{ \"d\": 2 }\n");
    let toml = "target = 'http://a'\n[[data]]\nfile = 'rows.csv'\n[[data]]\nfile = 'rows.json'\n[[data]]\nfile = 'rows.jsonl'\n\
                [[phase]]\npause = 1\n[[scenario]]\nstep = [{ emit = 'x', args = ['{{ a }}{{ b }}{{ c }}{{ d }}'] }]\n";
    let yaml = "target: http://a\nphase:\n- pause: 1\nscenario:\n- step:\n  - emit: x\n";
    for file in [windows("s.toml", toml), windows("s.yml", yaml)] {
        let output = tidewire_load(&folder, &["check", &file]).await;
        assert_eq!(status(&output), 0, "{}", errors(&output));
    }
    // A mistake has its place in both.
    for file in [
        windows("wrong.toml", &toml.replace("pause = 1", "pauze = 1")),
        windows("wrong.yml", &yaml.replace("pause: 1", "pauze: 1")),
    ] {
        let output = tidewire_load(&folder, &["check", &file]).await;
        assert_eq!(status(&output), 2);
        let text = errors(&output);
        assert!(text.contains("did you mean `pause`?"), "{text}");
        assert!(text.contains(":9:1: ") || text.contains(":3:3: "), "{text}");
    }
}

#[tokio::test]
async fn files_that_are_no_text_are_errors() {
    let folder = Folder::new("no-text");
    for (name, bytes, part) in [
        (
            "wide.toml",
            &b"\xff\xfet\x00"[..],
            "it is UTF-16: save it as UTF-8",
        ),
        ("latin.toml", b"target = '\xe9'\n", "byte 10 is not UTF-8"),
    ] {
        let path = folder.path(name);
        std::fs::write(&path, bytes).unwrap();
        let output = tidewire_load(&folder, &["check", &path]).await;
        assert_eq!(status(&output), 2);
        assert!(errors(&output).contains(part), "{}", errors(&output));
    }
}

/// It has no length, and no end.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_device_without_an_end_is_an_error() {
    let folder = Folder::new("device");
    let output = tidewire_load(&folder, &["check", "/dev/zero"]).await;
    assert_eq!(status(&output), 2);
    let text = errors(&output);
    assert!(text.contains("it has more than 16777216 bytes"), "{text}");
}

#[tokio::test]
async fn files_of_any_depth_and_size_are_read_or_refused() {
    let folder = Folder::new("large");
    let many: String = (0..10_000)
        .map(|number| format!("[[scenario]]\nname = 'n{number}'\nstep = [{{ emit = 'a', args = ['{{{{ user }}}}'] }}]\n"))
        .collect();
    let many = folder.write(
        "many.toml",
        &format!("target = 'http://a'\n[[phase]]\npause = 1\n{many}"),
    );
    let output = tidewire_load(&folder, &["check", &many]).await;
    assert_eq!(status(&output), 0, "{}", errors(&output));
    assert!(text(&output).ends_with("n19 (weight 1), and 9980 more\n"));

    let depth = 200_000;
    let lists = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    for (name, content) in [
        ("deep.toml", format!("target = {lists}\n")),
        ("deep.yml", format!("target: {lists}\n")),
        ("deep.json", format!("{{\"target\":{lists}}}")),
        ("maps.yml", format!("{}1\n", "{a: ".repeat(depth))),
    ] {
        let file = folder.write(name, &content);
        let output = tidewire_load(&folder, &["check", &file]).await;
        assert_eq!(output.status.code(), Some(2), "{name}");
    }
}

/// The parser of expressions calls itself for each operator.
#[tokio::test]
async fn a_long_expression_is_an_error_and_no_crash() {
    let folder = Folder::new("expression");
    let names = "'a',".repeat(500);
    for (expression, is_long) in [
        ("-".repeat(100_000) + "1", true),
        ("not ".repeat(50_000) + "true", true),
        ("user".to_owned() + &"()".repeat(50_000), true),
        ("user".to_owned() + &"[0]".repeat(1_300), false),
        ("-".repeat(4_000) + "1", false),
        (format!("choice([{names}])"), false),
    ] {
        let file = folder.write(
            "long.toml",
            &format!(
                "target = 'http://a'\n[[phase]]\npause = 1\n[[scenario]]\nstep = [{{ log = \"{{{{ {expression} }}}}\" }}]\n"
            ),
        );
        let output = tidewire_load(&folder, &["check", &file]).await;
        let code = if is_long { 2 } else { 0 };
        assert_eq!(output.status.code(), Some(code), "{}", errors(&output));
        let part = "5:17: template: an expression has at most 4096 bytes";
        assert_eq!(errors(&output).contains(part), is_long);
    }
}

/// The parsers of templates and YAML have no limit of their own here.
#[tokio::test]
async fn files_that_nest_without_end_are_mistakes() {
    let folder = Folder::new("nested");
    let branches = "{% elif 1 %}".repeat(100_000);
    let template = format!(
        "target = 'http://a'\n[[phase]]\npause = 1\n[[scenario]]\nstep = [{{ log = '{{% if 1 %}}{branches}{{% endif %}}' }}]\n"
    );
    let blocks = format!("scenario:\n  {}1\n", "- ".repeat(100_000));
    for (name, content, part) in [
        (
            "s.toml",
            template,
            "5:17: template: a text has at most 500 statements",
        ),
        ("s.yml", blocks, "s.yml:2:201: nested too deeply"),
    ] {
        folder.write(name, &content);
        let output = tidewire_load(&folder, &["check", name]).await;
        assert_eq!(output.status.code(), Some(2));
        assert!(errors(&output).contains(part), "{}", errors(&output));
    }
}

#[tokio::test]
async fn a_weight_beyond_32_bits_is_an_error() {
    let folder = Folder::new("weight");
    let file = folder.write(
        "weight.toml",
        "target = 'http://a'\n[[phase]]\npause = 1\n[[scenario]]\nweight = 4294967296\n\
         step = [{ choose = [{ weight = 9999999999, step = [] }] }]\n",
    );
    let output = tidewire_load(&folder, &["check", &file]).await;
    assert_eq!(status(&output), 2);
    for place in ["5:10: ", "6:32: "] {
        let text = errors(&output);
        let part = format!("{place}the number ");
        assert!(text.contains(&part), "{place}: {text}");
        assert!(text.contains("expected a weight of at most 4294967295"));
    }
}

/// In artillery every object is one.
#[tokio::test]
async fn an_object_of_an_artillery_script_is_no_attachment() {
    let folder = Folder::new("object");
    let file = folder.write(
        "object.yml",
        "config:\n  target: http://a\n  phases: [{ duration: 1, arrivalRate: 1 }]\nscenarios:\n\
         - engine: socketio\n  flow:\n  - emit: { channel: x, data: { binary: -1 } }\n",
    );
    let output = tidewire_load(&folder, &["check", &file]).await;
    assert_eq!(status(&output), 0, "{}", errors(&output));
}
