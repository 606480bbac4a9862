//! Where the body of a message ends, found without keeping it.

/// The rest of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    Length(u64),
    Chunked(Chunk),
    /// The body ends with the connection.
    UntilEnd,
    Done,
}

/// The place in a chunked body. A line may end without CR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunk {
    /// In the size of a chunk: the digits so far, and their value.
    Size(u8, u64),
    /// After the size, in the same line.
    Extension(u64),
    Data(u64),
    /// After the data, before the end of its line.
    DataEnd,
    /// At the begin of a line after the last chunk.
    TrailerBegin,
    /// In a line after the last chunk.
    Trailer,
}

/// The bytes are no body of this kind.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoBody;

impl Body {
    pub(super) const CHUNKED: Self = Self::Chunked(Chunk::Size(0, 0));

    /// Makes a body of so many bytes.
    pub(super) fn of_length(length: u64) -> Self {
        match length {
            0 => Self::Done,
            length => Self::Length(length),
        }
    }

    /// Returns how many of the next bytes belong to the body.
    ///
    /// # Errors
    /// The bytes are no chunks.
    pub(super) fn advance(&mut self, bytes: &[u8]) -> Result<usize, NoBody> {
        let mut used = 0;
        while let Some(rest) = bytes.get(used..).filter(|rest| !rest.is_empty()) {
            used += match self {
                Self::Done => break,
                Self::UntilEnd => rest.len(),
                Self::Length(left) => {
                    let (length, left) = shared(*left, rest);
                    *self = Self::of_length(left);
                    length
                }
                Self::Chunked(chunk) => {
                    let (length, next) = chunk.advance(rest)?;
                    *self = next.map_or(Self::Done, Self::Chunked);
                    length
                }
            };
        }
        Ok(used)
    }
}

impl Chunk {
    /// Returns how many bytes have been read, and the next place, if the body has not ended.
    fn advance(self, bytes: &[u8]) -> Result<(usize, Option<Self>), NoBody> {
        let next = match (self, bytes.first().copied().unwrap_or_default()) {
            (Self::Data(left), _) => {
                let (length, left) = shared(left, bytes);
                let next = if left == 0 {
                    Self::DataEnd
                } else {
                    Self::Data(left)
                };
                return Ok((length, Some(next)));
            }
            (Self::Size(1.., size) | Self::Extension(size), b'\n') => match size {
                0 => Self::TrailerBegin,
                size => Self::Data(size),
            },
            (Self::Size(1.., size), b'\r' | b';' | b' ' | b'\t') | (Self::Extension(size), _) => {
                Self::Extension(size)
            }
            (Self::Size(digits @ ..16, size), byte) => {
                let digit = char::from(byte).to_digit(16).ok_or(NoBody)?;
                Self::Size(digits + 1, size * 16 + u64::from(digit))
            }
            (Self::Size(..), _) => return Err(NoBody),
            (Self::DataEnd, b'\r') => Self::DataEnd,
            (Self::DataEnd, b'\n') => Self::Size(0, 0),
            (Self::DataEnd, _) => return Err(NoBody),
            (Self::TrailerBegin, b'\n') => return Ok((1, None)),
            (Self::TrailerBegin, b'\r') | (Self::Trailer, b'\n') => Self::TrailerBegin,
            (Self::TrailerBegin | Self::Trailer, _) => Self::Trailer,
        };
        Ok((1, Some(next)))
    }
}

/// Returns how many of these bytes are among the `left` ones, and how many are left after them.
fn shared(left: u64, bytes: &[u8]) -> (usize, u64) {
    let length = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
    (length, left - length as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHUNKS: &[u8] = b"5;a=\"b\"\r\nhello\r\n00\n\r\n";
    const TRAILERS: &[u8] = b"A\nhello\r\nyou\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n";

    #[test]
    fn a_chunked_body_ends_after_its_trailers_wherever_it_is_cut() {
        for text in [CHUNKS, TRAILERS] {
            let whole = [text, b"GET / HTTP/1.1"].concat();
            for cut in 0..=whole.len() {
                let mut body = Body::CHUNKED;
                let (first, second) = whole.split_at(cut);
                let mut used = body.advance(first).unwrap();
                used += body.advance(second).unwrap();
                assert_eq!((used, body), (text.len(), Body::Done), "cut at {cut}");
            }
        }
    }

    #[test]
    fn bytes_that_are_no_chunks_are_no_body() {
        for text in [
            "\r\n",
            "x\r\n",
            "-1\r\n",
            "12345678901234567\r\n",
            "2\r\nabc",
            ";\r\n",
        ] {
            let mut body = Body::CHUNKED;
            assert_eq!(body.advance(text.as_bytes()), Err(NoBody), "{text:?}");
        }
        let mut largest = Body::CHUNKED;
        assert_eq!(largest.advance(b"ffffffffffffffff\nab"), Ok(19));
        assert_eq!(largest, Body::Chunked(Chunk::Data(u64::MAX - 2)));
    }

    #[test]
    fn a_body_with_a_length_ends_after_it() {
        let mut body = Body::of_length(3);
        assert_eq!((body.advance(b"ab"), body), (Ok(2), Body::Length(1)));
        assert_eq!((body.advance(b"cde"), body), (Ok(1), Body::Done));
        assert_eq!(body.advance(b"de"), Ok(0));
        assert_eq!(Body::of_length(0), Body::Done);
        assert_eq!(Body::UntilEnd.advance(b"abc"), Ok(3));
    }
}
