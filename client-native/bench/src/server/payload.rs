//! The texts and attachments of the events: both sides make and check them.

/// The text in `tick` and `sent`.
pub(crate) const TEXT: &str = "abcdefghijklmnopqrstuvwxyz012345";

/// The packet before an attachment.
pub(crate) const BLOB: &str = r#"451-["blob",{"_placeholder":true,"num":0}]"#;

/// The text in `tick` with a size in bytes, a multiple of 32.
pub(crate) fn text(size: usize) -> String {
    TEXT.repeat(size / TEXT.len())
}

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
    fn a_text_has_its_size() {
        assert_eq!((text(32).as_str(), text(16 << 10).len()), (TEXT, 16 << 10));
    }
}
