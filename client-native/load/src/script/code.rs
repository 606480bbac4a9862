//! The code in a text: the parts between the delimiters of templates.

/// Bytes of one part: the parser needs stack for each operator in it.
pub(super) const MOST_BYTES: usize = 4_096;

/// Statements of one template, such as `{% if x %}`: the parser needs stack for each `elif`, and its time grows with their square.
pub(super) const MOST_STATEMENTS: usize = 500;

/// The bytes of the longest part.
pub(super) fn longest(text: &str) -> usize {
    parts(text).map(|part| part.bytes).max().unwrap_or(0)
}

/// The number of statements.
pub(super) fn statements(text: &str) -> usize {
    parts(text).filter(|part| part.is_statement).count()
}

struct Part {
    bytes: usize,
    is_statement: bool,
}

fn parts(text: &str) -> impl Iterator<Item = Part> + '_ {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut braces = rest.match_indices('{');
        let (start, is_statement) =
            braces.find_map(|(at, _)| match rest.as_bytes().get(at + 1) {
                Some(b'{') => Some((at, false)),
                Some(b'%') => Some((at, true)),
                _ => None,
            })?;
        rest = &rest[start + 2..];
        let bytes = length(rest);
        rest = &rest[bytes..];
        Some(Part {
            bytes,
            is_statement,
        })
    })
}

/// The bytes up to the end of the part, which no text in quotes has.
fn length(code: &str) -> usize {
    let mut quote = None;
    let mut is_escaped = false;
    for (at, character) in code.char_indices() {
        match (quote, character) {
            _ if is_escaped => is_escaped = false,
            (Some(_), '\\') => is_escaped = true,
            (Some(open), it) if it == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, _) if code[at..].starts_with("}}") || code[at..].starts_with("%}") => {
                return at;
            }
            (None, _) => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_part_counts() {
        for (text, bytes) in [
            ("", 0),
            ("a long text without code", 0),
            ("{{ a }} and {{ abc }} and text", 5),
            ("{% if a %}{{ b }}{% endif %}", 7),
            (r#"{{ "}}" ~ '{% \' %}' ~ x }}"#, 23),
            ("{{ open", 5),
            ("{{ \"open", 6),
            ("{{ é }}", 4),
        ] {
            assert_eq!(longest(text), bytes, "{text}");
        }
    }

    #[test]
    fn statements_are_counted_and_expressions_are_not() {
        for (text, count) in [
            ("", 0),
            ("{ % if %}", 0),
            ("{{ a }}{{ '{% if %}' }}", 0),
            ("{% if a %}{{ b }}{%- elif c -%}{% endif %}", 3),
        ] {
            assert_eq!(statements(text), count, "{text}");
        }
    }
}
