//! The code in a text: the parts between the delimiters of templates.

/// Bytes of one part: the parser needs stack for each operator in it.
pub(super) const MOST_BYTES: usize = 4_096;

/// The bytes of the longest part.
pub(super) fn longest(text: &str) -> usize {
    let mut longest = 0;
    let mut rest = text;
    while let Some(start) = [rest.find("{{"), rest.find("{%")]
        .into_iter()
        .flatten()
        .min()
    {
        rest = &rest[start + 2..];
        let length = length(rest);
        longest = longest.max(length);
        rest = &rest[length..];
    }
    longest
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
}
