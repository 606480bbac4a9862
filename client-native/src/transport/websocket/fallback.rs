//! tungstenite, for the frames that are not a whole message: it says what they mean, answers pings, and closes.

use std::io::{self, Read, Write};

use bytes::{Buf, Bytes};
use tungstenite::Error as WsError;
use tungstenite::protocol::{Message, Role, WebSocketConfig, WebSocketContext};

use super::writer::FrameWriter;

/// tungstenite is created for the first such frame: an idle connection has none.
#[derive(Debug)]
pub(super) struct Fallback {
    /// The bytes of the longest message.
    limit: usize,
    inner: Option<Box<Inner>>,
}

#[derive(Debug)]
struct Inner {
    context: WebSocketContext,
    input: Input,
}

/// The bytes that tungstenite has not read yet, and how the stream ended.
#[derive(Debug, Default)]
struct Input {
    bytes: Bytes,
    end: Option<io::Result<()>>,
}

/// The stream as tungstenite sees it. It reads the bytes that it was given, and its frames are written after those before them.
struct Pipe<'a> {
    input: &'a mut Input,
    writer: &'a mut FrameWriter,
}

impl Fallback {
    pub(super) fn new(limit: usize) -> Fallback {
        Fallback { limit, inner: None }
    }

    /// Adds bytes to read. Those before them were read.
    pub(super) fn feed(&mut self, bytes: Bytes) {
        self.inner().input.bytes = bytes;
    }

    /// Notes the end of the stream.
    pub(super) fn feed_end(&mut self, end: io::Result<()>) {
        self.inner().input.end = Some(end);
    }

    /// The next message; `None` if its bytes have not come yet. Pongs and the answer to a close frame go to the writer.
    pub(super) fn read(&mut self, writer: &mut FrameWriter) -> Result<Option<Message>, WsError> {
        let Inner { context, input } = self.inner();
        let mut pipe = Pipe { input, writer };
        match context.read(&mut pipe) {
            Ok(message) => {
                context.flush(&mut pipe)?;
                Ok(Some(message))
            }
            Err(WsError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends a close frame.
    pub(super) fn close(&mut self, writer: &mut FrameWriter) -> Result<(), WsError> {
        let Inner { context, input } = self.inner();
        context.close(&mut Pipe { input, writer }, None)
    }

    fn inner(&mut self) -> &mut Inner {
        let limit = self.limit;
        self.inner.get_or_insert_with(|| {
            let config = WebSocketConfig::default()
                .read_buffer_size(4 << 10)
                .max_message_size(Some(limit))
                .max_frame_size(Some(limit));
            Box::new(Inner {
                context: WebSocketContext::new(Role::Client, Some(config)),
                input: Input::default(),
            })
        })
    }
}

impl Read for Pipe<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let bytes = &mut self.input.bytes;
        if bytes.is_empty() {
            return match self.input.end.take() {
                Some(end) => end.map(|()| 0),
                None => Err(io::ErrorKind::WouldBlock.into()),
            };
        }
        let size = bytes.len().min(buf.len());
        bytes.copy_to_slice(&mut buf[..size]);
        Ok(size)
    }
}

impl Write for Pipe<'_> {
    fn write(&mut self, frame: &[u8]) -> io::Result<usize> {
        self.writer.push_raw(frame);
        Ok(frame.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
