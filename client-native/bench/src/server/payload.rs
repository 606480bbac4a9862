//! The texts and attachments of the events: both sides make and check them.

/// The text in `tick` and `sent`.
pub(crate) const TEXT: &str = "abcdefghijklmnopqrstuvwxyz012345";

/// The packet before an attachment.
pub(crate) const BLOB: &str = r#"451-["blob",{"_placeholder":true,"num":0}]"#;

/// The text in `tick` with a size in bytes, a multiple of 32.
pub(crate) fn text(size: usize) -> String {
    TEXT.repeat(size / TEXT.len())
}

/// How many texts of words there are: together more than what compression looks back on.
pub(crate) const TEXTS: u32 = 32;

/// The texts of words, each with a size in bytes. `node/client.js` makes the same.
pub(crate) fn texts_of_words(size: usize) -> Vec<String> {
    (0..TEXTS).map(|number| words(number, size)).collect()
}

fn words(number: u32, size: usize) -> String {
    let mut random = number;
    let mut text = String::with_capacity(size + 16);
    while text.len() < size {
        // The generator of Numerical Recipes; its high bits vary best.
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        text.push_str(WORDS[(random >> 26) as usize]);
        text.push(' ');
    }
    text.truncate(size);
    text
}

/// 64 words: six bits name one.
const WORDS: [&str; 64] = [
    "a",
    "about",
    "after",
    "again",
    "all",
    "and",
    "answer",
    "as",
    "at",
    "away",
    "back",
    "be",
    "because",
    "before",
    "but",
    "by",
    "can",
    "change",
    "come",
    "day",
    "different",
    "do",
    "each",
    "even",
    "every",
    "find",
    "first",
    "for",
    "from",
    "game",
    "give",
    "have",
    "house",
    "if",
    "in",
    "is",
    "it",
    "just",
    "know",
    "line",
    "long",
    "message",
    "more",
    "name",
    "need",
    "never",
    "of",
    "on",
    "one",
    "other",
    "player",
    "question",
    "room",
    "say",
    "side",
    "the",
    "there",
    "time",
    "to",
    "user",
    "what",
    "when",
    "word",
    "you",
];

/// An attachment with a size in bytes, at least eight. It begins with its number.
pub(crate) fn blob(number: u64, size: usize) -> Vec<u8> {
    let mut blob = vec![b'.'; size.max(8)];
    renumber(&mut blob, number);
    blob
}

/// Makes it the attachment with another number.
pub(super) fn renumber(blob: &mut [u8], number: u64) {
    let (place, _) = blob.split_at_mut(8);
    place.copy_from_slice(&number.to_le_bytes());
}

/// Whether it is the attachment with this number and size.
pub(crate) fn is_blob(blob: &[u8], number: u64, size: usize) -> bool {
    blob.len() == size && blob.starts_with(&number.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attachment_has_its_number_and_size() {
        let mut blob = blob(7, 64);
        assert!(is_blob(&blob, 7, 64));
        renumber(&mut blob, 300);
        assert!(is_blob(&blob, 300, 64));
        assert!(!is_blob(&blob, 7, 64) && !is_blob(&blob, 300, 65));
    }

    #[test]
    fn texts_of_words_have_their_size_and_differ() {
        let texts = texts_of_words(100);
        assert!(texts.iter().all(|text| text.len() == 100));
        // The script for Node makes the same.
        let first = "by change room more every line do long house just player on line there a house never day every messa";
        assert_eq!(texts[0], first);
        let distinct: std::collections::HashSet<_> = texts.iter().collect();
        assert_eq!(distinct.len(), TEXTS as usize);
    }

    #[test]
    fn a_text_has_its_size() {
        assert_eq!((text(32).as_str(), text(16 << 10).len()), (TEXT, 16 << 10));
    }
}
