//! The tables that both languages read are the same on both sides: `npm/src/machine/layout.ts` is made of `layout`.

use std::fmt::{Display, Write as _};
use std::{env, fs, path::Path};

use tidewire_wasm::layout::{CALLS, OPS, SETTINGS, WORDS};

/// With `TIDEWIRE_WRITE_LAYOUT` in the environment the file is written; `cargo xtask npm` does so.
#[test]
fn the_typescript_side_has_the_same_tables() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("npm/src/machine/layout.ts");
    if env::var_os("TIDEWIRE_WRITE_LAYOUT").is_some() {
        fs::write(&path, typescript()).expect("the file can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == typescript(),
        "{} is stale: run `cargo xtask npm`",
        path.display()
    );
}

fn typescript() -> String {
    let calls = CALLS
        .iter()
        .map(|(name, arguments)| format!("[{name:?}, {arguments:?}]"));
    let mut text = String::from(
        "// Written by `cargo xtask npm` of client-wasm/src/layout.rs, which says what everything means. Not to be edited.\n",
    );
    enumeration(&mut text, "Op", OPS);
    list(&mut text, "CALLS", calls);
    list(
        &mut text,
        "WORDS",
        WORDS.iter().map(|word| format!("{word:?}")),
    );
    list(
        &mut text,
        "SETTINGS",
        SETTINGS.iter().map(|name| format!("{name:?}")),
    );
    text
}

/// A `const enum`: bundlers put its numbers where its names stand.
fn enumeration(text: &mut String, name: &str, members: &[&str]) {
    let _ = writeln!(text, "\nexport const enum {name} {{");
    for member in members {
        let _ = writeln!(text, "  {member},");
    }
    text.push_str("}\n");
}

fn list(text: &mut String, name: &str, items: impl Iterator<Item = impl Display>) {
    let _ = writeln!(text, "\nexport const {name} = [");
    for item in items {
        let _ = writeln!(text, "  {item},");
    }
    text.push_str("] as const;\n");
}
