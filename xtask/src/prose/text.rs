//! Finds phrases in a source text, also across the lines of a comment and inside of names.

use super::patterns::{Pattern, Place};

/// Words after which a genitive has no noun of its own: `of the server's is`.
const NO_NOUN: [&str; 14] = [
    "and", "are", "for", "has", "if", "in", "is", "or", "than", "that", "to", "was", "when",
    "which",
];

/// A phrase that was found.
#[derive(Debug, PartialEq)]
pub(super) struct Hit<'a> {
    /// Counted from 1.
    pub(super) line: usize,
    pub(super) phrase: &'static str,
    pub(super) say_instead: &'static str,
    /// The line's text.
    pub(super) text: &'a str,
}

/// A word of a text; names are split: `may_climb` and `mayClimb` are two words each.
struct Word {
    /// In lower case.
    text: String,
    start: usize,
    end: usize,
    line: usize,
}

/// Returns every hit of `patterns`, in the text's order. A line with `marker` has none.
pub(super) fn find<'a>(text: &'a str, patterns: &[Pattern], marker: &str) -> Vec<Hit<'a>> {
    let source = Source {
        text,
        lines: text.lines().collect(),
        words: words(text),
    };
    let patterns: Vec<(&Pattern, Vec<&str>)> = patterns
        .iter()
        .map(|pattern| (pattern, pattern.phrase.split([' ', '.']).collect()))
        .collect();
    let mut hits = Vec::new();
    for (at, word) in source.words.iter().enumerate() {
        let found = patterns
            .iter()
            .find(|(pattern, parts)| source.has(parts, at, pattern.place));
        let line = source.line(word.line);
        if let Some((pattern, _)) = found.filter(|_| !line.contains(marker)) {
            hits.push(Hit {
                line: word.line + 1,
                phrase: pattern.phrase,
                say_instead: pattern.say_instead,
                text: line.trim(),
            });
        }
    }
    hits
}

struct Source<'a> {
    text: &'a str,
    lines: Vec<&'a str>,
    words: Vec<Word>,
}

impl<'a> Source<'a> {
    /// Whether the word `at` begins a phrase in this place.
    fn has(&self, parts: &[&str], at: usize, place: Place) -> bool {
        let Some(found) = self.words.get(at..at + parts.len()) else {
            return false;
        };
        let mut pairs = found.iter().zip(parts);
        if !pairs.all(|(word, part)| is_match(&word.text, part)) {
            return false;
        }
        let mut gaps = found
            .windows(2)
            .map(|pair| &self.text[pair[0].end..pair[1].start]);
        let next = at + parts.len();
        match place {
            Place::Sentence => gaps.all(is_blank) && !self.text[self.end(next)..].starts_with('_'),
            Place::Anywhere => gaps.all(is_gap),
            Place::PhraseEnd => gaps.all(is_gap) && self.is_phrase_end(next),
            Place::DocStart => gaps.all(is_gap) && self.is_doc_start(&found[0]),
        }
    }

    fn line(&self, number: usize) -> &'a str {
        self.lines.get(number).copied().unwrap_or_default()
    }

    /// Where the word before `next` ends.
    fn end(&self, next: usize) -> usize {
        self.words[next - 1].end
    }

    /// Whether a phrase ends before the word `next`.
    fn is_phrase_end(&self, next: usize) -> bool {
        let end = self.end(next);
        let Some(word) = self.words.get(next) else {
            return true;
        };
        let gap = &self.text[end..word.start];
        let is_noun = !NO_NOUN.contains(&word.text.as_str());
        // A noun may stand in quotation marks: of npm's `binaryen`.
        let is_joined = is_gap(gap) || gap.trim_start().starts_with(['`', '"', '[', '*']);
        !(is_joined && is_noun)
    }

    /// Whether a word is the first of a doc comment.
    fn is_doc_start(&self, word: &Word) -> bool {
        let line = self.line(word.line).trim_start();
        let signs = ["///", "//!", "/**"];
        let Some(sign) = signs.into_iter().find(|sign| line.starts_with(sign)) else {
            return false;
        };
        let before = &self.text[..word.start];
        let before = before.rsplit('\n').next().unwrap_or_default().trim();
        let previous = word
            .line
            .checked_sub(1)
            .map_or("", |number| self.line(number));
        before == sign && !previous.trim_start().starts_with(sign)
    }
}

fn is_match(word: &str, part: &str) -> bool {
    match (part.strip_prefix('*'), part.strip_suffix('*')) {
        (Some(end), _) => word.ends_with(end) && word.len() > end.len(),
        (_, Some(start)) => word.starts_with(start),
        (None, None) => word == part,
    }
}

/// Whether the text between two words keeps them in one sentence: blanks, or a line's end with a comment's sign.
fn is_blank(gap: &str) -> bool {
    is_gap(gap) && !gap.is_empty() && !gap.contains(['_', '.'])
}

/// Whether the text between two words keeps them in one phrase or name: [`is_blank`], `_`, or a dot without a blank.
fn is_gap(gap: &str) -> bool {
    let mut lines = gap.split('\n');
    let rest = lines.next().unwrap_or_default();
    if !matches!(rest, "_" | ".") && !rest.trim().is_empty() {
        return false;
    }
    match (lines.next(), lines.next()) {
        (None, _) => true,
        (Some(next), None) => matches!(next.trim(), "" | "//" | "///" | "//!" | "*" | "#"),
        (Some(_), Some(_)) => false,
    }
}

fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut line = 0;
    let mut before = ' ';
    let mut signs = text.char_indices().peekable();
    while let Some((start, sign)) = signs.next() {
        let end = start + sign.len_utf8();
        let next = signs.peek().map_or(' ', |(_, next)| *next);
        let is_apostrophe =
            matches!(sign, '\'' | '’') && before.is_alphanumeric() && next.is_alphanumeric();
        let is_hump = before.is_lowercase() && sign.is_uppercase();
        if sign.is_alphanumeric() || is_apostrophe {
            let last = words.last_mut();
            match last.filter(|word| word.end == start && !is_hump) {
                Some(word) => word.push(if is_apostrophe { '\'' } else { sign }, end),
                None => words.push(Word {
                    text: sign.to_lowercase().collect(),
                    start,
                    end,
                    line,
                }),
            }
        }
        if is_apostrophe {
            join_humps(&mut words);
        }
        line += usize::from(sign == '\n');
        before = sign;
    }
    words
}

/// Makes one word of the parts of a name that has a genitive: `JavaScript's`.
fn join_humps(words: &mut Vec<Word>) {
    while let [.., first, second] = &mut words[..] {
        if first.end != second.start {
            break;
        }
        first.text.push_str(&second.text);
        first.end = second.end;
        words.pop();
    }
}

impl Word {
    fn push(&mut self, sign: char, end: usize) {
        self.text.extend(sign.to_lowercase());
        self.end = end;
    }
}

#[cfg(test)]
mod tests {
    use super::super::patterns::PATTERNS;
    use super::*;

    const MARKER: &str = "prose: quoted";

    fn phrases(text: &str) -> Vec<&'static str> {
        let hits = find(text, PATTERNS, MARKER);
        hits.into_iter().map(|hit| hit.phrase).collect()
    }

    #[test]
    fn a_phrase_is_found_across_lines_and_inside_of_names() {
        assert_eq!(
            phrases("/// All of it is laid\n    /// down here."),
            ["laid down"]
        );
        assert_eq!(
            phrases("fn what_came_is_lost() { mayClimb(); }"),
            ["what came", "climb*"]
        );
        assert_eq!(phrases("Nobody, and WHOEVER else"), ["nobody", "whoever"]);
        assert_eq!(phrases("'climb' climb's"), ["climb*", "climb*"]);
        assert_eq!(
            phrases("laid.\n\nDown there. Laid, down"),
            Vec::<&str>::new()
        );
    }

    #[test]
    fn a_genitive_counts_where_its_phrase_ends() {
        assert_eq!(phrases("/// A packet of the server's."), ["of the *'s"]);
        assert_eq!(phrases("/// Slots of JavaScript's, say"), ["of *'s"]);
        assert_eq!(
            phrases("/// Options of socket.io's are"),
            ["of socket.io's"]
        );
        assert_eq!(phrases("/// A ping of the server's that"), ["of the *'s"]);
        assert_eq!(
            phrases("/// The end of the server's packet, and of npm's `ws`."),
            Vec::<&str>::new()
        );
    }

    #[test]
    fn a_doc_start_counts_on_the_first_line_alone() {
        assert_eq!(phrases("/// Of a packet.\nfn f() {}"), ["of"]);
        assert_eq!(
            phrases("/// Reads a packet,\n/// as the\n/// same."),
            Vec::<&str>::new()
        );
        assert_eq!(phrases("//! The same.\n// The same."), ["the same"]);
    }

    #[test]
    fn a_hit_says_where_it_is_and_a_marker_hides_it() {
        let text = "one\n  // nobody here\n// nobody there (prose: quoted)";
        let hit = Hit {
            line: 2,
            phrase: "nobody",
            say_instead: "no caller, no client, ..",
            text: "// nobody here",
        };
        assert_eq!(find(text, PATTERNS, MARKER), [hit]);
    }
}
