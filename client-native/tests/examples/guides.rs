//! The guides in `docs/guides`, the manual of the browser and the READMEs quote the examples: their Rust code is a part of the file
//! that its first line names.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The Rust code of a guide, and its configurations of nginx: the file that the first line names, and the lines after it.
fn quotes(guide: &str) -> Vec<(String, String)> {
    let rust = guide.split("\n```rust\n").skip(1);
    let blocks = rust.chain(guide.split("\n```nginx\n").skip(1));
    let quote = |block: &str| {
        let (code, _) = block.split_once("\n```").expect("the code ends");
        let (head, code) = code.split_once('\n').expect("a line that names the file");
        let file = head.strip_prefix("// ").or(head.strip_prefix("# "));
        let file = file.expect("the name in a comment");
        (file.to_owned(), code.to_owned())
    };
    blocks.map(quote).collect()
}

/// The lines without their indentation, which differs in a guide.
fn lines(code: &str) -> Vec<&str> {
    let trimmed = code.lines().map(str::trim);
    trimmed.filter(|line| !line.is_empty()).collect()
}

fn contains(file: &Path, code: &str) -> bool {
    let source = fs::read_to_string(file).unwrap();
    let (source, quoted) = (lines(&source), lines(code));
    source.windows(quoted.len()).any(|part| part == quoted)
}

#[test]
fn each_guide_quotes_its_examples_as_they_are() {
    let mut count = 0;
    let guides = fs::read_dir(root().join("docs/guides")).unwrap();
    let guides = guides.map(|entry| entry.unwrap().path());
    let manuals = [
        "README.md",
        "client-native/README.md",
        "client-wasm/web/README.md",
    ];
    for path in guides.chain(manuals.map(|file| root().join(file))) {
        let Ok(guide) = fs::read_to_string(&path) else {
            continue;
        };
        for (file, code) in quotes(&guide) {
            let source = root().join(&file);
            assert!(
                contains(&source, &code),
                "{}: this is not in {file}:\n{code}",
                path.display()
            );
            count += 1;
        }
    }
    assert!(count >= 12, "{count} quotes");
}
