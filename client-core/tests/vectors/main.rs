//! Compares the core with the official parsers: `packets.json` has the shared vectors, `more.json` further ones.
//!
//! The format is in PROTOCOL, "The vectors". The files keep their format and keys.
//!
//! `TIDEWIRE_VECTORS=<file>` runs another file of this format instead; a relative path may also be relative to the workspace.

mod case;
mod eio;
mod js;
mod json;
mod machine_decode;
mod peer;
mod random;
#[path = "../machine/support/rng.rs"]
mod rng;
mod rules;
mod sio_decode;
mod sio_encode;

use std::collections::BTreeMap;
use std::path::Path;

use case::{Case, Fault, Faults};
use rules::{RULES, Rule};

/// The results of the cases.
#[derive(Default)]
struct Report {
    in_full: usize,
    in_part: usize,
    /// The number of cases that each rule has excused.
    excused: BTreeMap<&'static str, usize>,
    failures: Vec<String>,
}

#[test]
fn vectors_match_the_official_parsers() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/");
    let other = std::env::var("TIDEWIRE_VECTORS").ok();
    let files = match &other {
        Some(file) => vec![file.clone()],
        None => vec![
            format!("{folder}packets.json"),
            format!("{folder}more.json"),
        ],
    };
    // Values are read, compared and dropped recursively, and some are deeply nested on purpose.
    let reader = std::thread::Builder::new().stack_size(256 << 20);
    let running = reader.spawn(move || run(&files)).expect("a thread");
    let report = running.join().expect("no check panics");
    println!(
        "{} cases in full, {} in part:",
        report.in_full, report.in_part
    );
    for Rule { name, reason, .. } in &RULES {
        let count = report.excused.get(name).unwrap_or(&0);
        println!("{count:5}  {name}: {reason}");
    }
    let count = report.failures.len();
    assert!(
        count == 0,
        "{count} cases fail:\n{}",
        report.failures.join("\n")
    );
    for Rule { name, .. } in &RULES {
        let is_used = other.is_some() || report.excused.contains_key(name);
        assert!(is_used, "the rule {name:?} is stale: it excuses nothing");
    }
}

fn run(files: &[String]) -> Report {
    let mut report = Report::default();
    for file in files {
        let text = read(file).expect("the vector file is readable");
        let cases = json::parse(&text).expect("vectors are JSON");
        assert!(!cases.items().is_empty(), "{file} has cases");
        for fields in cases.items() {
            match Case::new(fields.clone()) {
                Some(case) => report.enter(&case, &check(&case)),
                None => report.failures.push(format!("unknown layer: {fields:?}")),
            }
        }
    }
    report
}

fn read(file: &str) -> std::io::Result<String> {
    let workspace = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    std::fs::read_to_string(file)
        .or_else(|_| std::fs::read_to_string(Path::new(workspace).join(file)))
}

fn check(case: &Case) -> Faults {
    let mut faults = Faults::new();
    let check = match (&*case.layer, &*case.op) {
        ("sio", "encode") => sio_encode::check,
        ("sio", "decode") => sio_decode::check,
        ("eio", "encodePacket") => eio::encode_packet,
        ("eio", "decodePacket") => eio::decode_packet,
        ("eio", "encodePayload") => eio::encode_payload,
        ("eio", "decodePayload") => eio::decode_payload,
        ("eio", "encodeStream") => eio::encode_stream,
        ("eio", "decodeStream") => eio::decode_stream,
        (_, op) => {
            faults.push(Fault::Wrong(format!("unknown op {op:?}")));
            return faults;
        }
    };
    check(case, &mut faults);
    faults
}

impl Report {
    fn enter(&mut self, case: &Case, faults: &Faults) {
        let rule = |fault: &Fault| RULES.iter().find(|rule| (rule.excuses)(fault));
        let mut excuses: Vec<_> = faults
            .iter()
            .filter_map(rule)
            .map(|rule| rule.name)
            .collect();
        if excuses.len() < faults.len() {
            let wrong = faults.iter().filter(|fault| rule(fault).is_none());
            let wrong: Vec<_> = wrong.map(|fault| format!("    {fault}")).collect();
            let (id, name) = (&case.id, &case.name);
            self.failures
                .push(format!("{id} {} {name:?}\n{}", case.op, wrong.join("\n")));
            return;
        }
        excuses.sort_unstable();
        excuses.dedup();
        *(if excuses.is_empty() {
            &mut self.in_full
        } else {
            &mut self.in_part
        }) += 1;
        for name in excuses {
            *self.excused.entry(name).or_default() += 1;
        }
    }
}
