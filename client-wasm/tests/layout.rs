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
    let mut text = String::from(
        "// Written by `cargo xtask npm` of client-wasm/src/layout.rs, which says what everything means. Not to be edited.\n",
    );
    enumeration(&mut text, "Op", OPS);
    list(
        &mut text,
        "CALLS",
        CALLS
            .iter()
            .map(|(name, letters)| format!("{name} {letters}")),
    );
    list(&mut text, "WORDS", WORDS);
    list(&mut text, "SETTINGS", SETTINGS);
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

/// A list of texts as one text, which takes less room.
fn list(text: &mut String, name: &str, items: impl IntoIterator<Item = impl Display>) {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    let _ = writeln!(
        text,
        "\nexport const {name} =\n  {:?}.split(\"|\");",
        items.join("|")
    );
}
