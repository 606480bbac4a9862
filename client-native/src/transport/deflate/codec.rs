//! Compresses and decompresses messages. Source: RFC 7692, 7.2.

use std::cell::Cell;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::settings::{Agreed, MIN_BITS, PerMessageDeflate};
use crate::error::TransportError;

/// The end of each compressed message, which is not sent.
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// The compression of one connection.
#[derive(Debug)]
pub(crate) struct Deflate {
    agreed: Agreed,
    threshold: usize,
    level: u32,
    /// The contexts that outlive a message. They are created when they are first needed.
    compress: Option<Compress>,
    decompress: Option<Decompress>,
}

thread_local! {
    /// A context without content, for the messages that take over none, with its level and bits.
    static COMPRESS: Cell<Option<((u32, u8), Compress)>> = const { Cell::new(None) };
    static DECOMPRESS: Cell<Option<(u8, Decompress)>> = const { Cell::new(None) };
}

impl Deflate {
    pub(super) fn new(settings: PerMessageDeflate, agreed: Agreed) -> Deflate {
        Deflate {
            agreed,
            threshold: settings.threshold,
            level: settings.level,
            compress: None,
            decompress: None,
        }
    }

    /// Compresses a message, which comes in two parts; `None` if it is to be sent as it is.
    pub(crate) fn compress(&mut self, parts: [&[u8]; 2]) -> Option<Vec<u8>> {
        let size = parts[0].len() + parts[1].len();
        // zlib has no window of 8 bits. The peer may always send without compression.
        if size < self.threshold || self.agreed.client_bits < MIN_BITS {
            return None;
        }
        let mut compress = self.take_compress();
        let mut out = Vec::with_capacity(size / 2 + ROOM);
        let fed = [
            (parts[0], FlushCompress::None),
            (parts[1], FlushCompress::Sync),
        ];
        let is_whole = fed
            .into_iter()
            .all(|(part, flush)| feed(&mut compress, part, flush, &mut out));
        if !is_whole || !out.ends_with(&TAIL) {
            // zlib has no error for valid calls. The context is dropped: the next message takes over none, which is right as well.
            return None;
        }
        out.truncate(out.len() - TAIL.len());
        self.keep_compress(compress);
        Some(out)
    }

    /// Decompresses a message to at most `limit` bytes.
    pub(crate) fn decompress(
        &mut self,
        content: &[u8],
        limit: usize,
    ) -> Result<Vec<u8>, TransportError> {
        let mut decompress = self.take_decompress();
        let mut out = Vec::new();
        for part in [content, &TAIL] {
            inflate(&mut decompress, part, limit, &mut out)?;
        }
        self.keep_decompress(decompress);
        Ok(out)
    }

    fn take_compress(&mut self) -> Compress {
        let key = self.compress_key();
        let spare = || COMPRESS.try_with(Cell::take).ok().flatten();
        let kept = self.compress.take();
        kept.or_else(|| {
            spare()
                .filter(|(own, _)| *own == key)
                .map(|(_, spare)| spare)
        })
        .unwrap_or_else(|| Compress::new_with_window_bits(Compression::new(key.0), false, key.1))
    }

    fn keep_compress(&mut self, mut compress: Compress) {
        if self.agreed.client_takeover {
            self.compress = Some(compress);
            return;
        }
        compress.reset();
        let spare = Some((self.compress_key(), compress));
        // A thread that ends has no use for it.
        let _ = COMPRESS.try_with(|kept| kept.set(spare));
    }

    fn compress_key(&self) -> (u32, u8) {
        (self.level, self.agreed.client_bits)
    }

    fn take_decompress(&mut self) -> Decompress {
        let bits = self.decompress_bits();
        let spare = || DECOMPRESS.try_with(Cell::take).ok().flatten();
        let kept = self.decompress.take();
        kept.or_else(|| {
            spare()
                .filter(|(own, _)| *own == bits)
                .map(|(_, spare)| spare)
        })
        .unwrap_or_else(|| Decompress::new_with_window_bits(false, bits))
    }

    fn keep_decompress(&mut self, mut decompress: Decompress) {
        if self.agreed.server_takeover {
            self.decompress = Some(decompress);
            return;
        }
        decompress.reset(false);
        let spare = Some((self.decompress_bits(), decompress));
        let _ = DECOMPRESS.try_with(|kept| kept.set(spare));
    }

    /// A window may be larger than the server's.
    fn decompress_bits(&self) -> u8 {
        self.agreed.server_bits.max(MIN_BITS)
    }
}

/// The room for more output. With less than 7 bytes, zlib would write the end of a message twice.
const ROOM: usize = 64;

/// The room for output grows by at most this or its size: a bomb is found before its memory is there.
const GROWTH: usize = 16 << 10;

/// Compresses a part of a message. Returns whether all of it was taken and written.
fn feed(compress: &mut Compress, part: &[u8], flush: FlushCompress, out: &mut Vec<u8>) -> bool {
    let mut rest = part;
    loop {
        if out.capacity() - out.len() < ROOM {
            out.reserve(out.len().max(ROOM));
        }
        let before = compress.total_in();
        if compress.compress_vec(rest, out, flush).is_err() {
            return false;
        }
        rest = &rest[taken(before, compress.total_in())..];
        if rest.is_empty() && out.len() < out.capacity() {
            return true;
        }
    }
}

/// Decompresses a part of a message.
fn inflate(
    decompress: &mut Decompress,
    part: &[u8],
    limit: usize,
    out: &mut Vec<u8>,
) -> Result<(), TransportError> {
    let mut rest = part;
    loop {
        if out.len() == out.capacity() {
            let room = rest.len().saturating_mul(4).min(GROWTH).max(out.len());
            // One byte above the limit shows that there is more.
            out.reserve_exact(room.clamp(1, (limit - out.len()).saturating_add(1)));
        }
        let before = decompress.total_in();
        let result = decompress.decompress_vec(rest, out, FlushDecompress::None);
        let status = result.map_err(|error| unreadable(&error.to_string()))?;
        if out.len() > limit {
            return Err(TransportError::TooLarge(limit));
        }
        rest = &rest[taken(before, decompress.total_in())..];
        let has_room = out.len() < out.capacity();
        match status {
            // A final block ends zlib's stream, but not the message (RFC 7692, 7.2.3.4).
            Status::StreamEnd => decompress.reset(false),
            Status::BufError if has_room && !rest.is_empty() => {
                return Err(unreadable("zlib does not go on"));
            }
            Status::Ok | Status::BufError => {}
        }
        if has_room && rest.is_empty() {
            return Ok(());
        }
    }
}

fn unreadable(why: &str) -> TransportError {
    TransportError::WebSocket(format!(
        "the server sent a compressed message that cannot be decompressed: {why}"
    ))
}

/// The bytes that a call has read. The totals begin at 0 again after a reset.
fn taken(before: u64, after: u64) -> usize {
    usize::try_from(after - before).unwrap_or(usize::MAX)
}
