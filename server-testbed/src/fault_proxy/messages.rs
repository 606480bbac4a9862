//! The messages of one direction of a WebSocket, and what the rules make of them.
//!
//! Frames pass as they are on the wire, with their masks, as their bytes come. Only a message that comes twice or later is kept.

use std::io;
use std::sync::Arc;

use tokio::io::AsyncRead;

use super::exchange::{pass_all, reset};
use super::frame::FrameHead;
use super::sink::Sink;
use super::source::Source;
use super::state::State;
use super::statement::{Direction, Fault, LONGEST_TEXT, Trigger};

/// Bytes of a message that is kept; a larger one is reset.
const MOST_KEPT: usize = 16 * 1024 * 1024;

pub(super) struct Messages<R> {
    state: Arc<State>,
    direction: Direction,
    from: Source<R>,
    to: Sink,
    /// The message whose frames come has this fate.
    fate: Fate,
    /// A message that comes after the next one.
    held: Option<Vec<u8>>,
}

#[derive(Default)]
enum Fate {
    #[default]
    Pass,
    Drop,
    /// The byte in the middle of each frame changes.
    Corrupt,
    /// The message comes again, from the bytes kept so far.
    Twice(Vec<u8>),
    /// The message comes after the next one.
    Later(Vec<u8>),
    /// This message comes after it.
    Then(String),
}

impl<R: AsyncRead + Unpin> Messages<R> {
    pub(super) fn new(state: Arc<State>, direction: Direction, from: Source<R>, to: Sink) -> Self {
        Self {
            state,
            direction,
            from,
            to,
            fate: Fate::Pass,
            held: None,
        }
    }

    /// Runs until the sender ends.
    pub(super) async fn run(mut self) -> io::Result<()> {
        while let Some(head) = self.head().await? {
            if head.begins_message() {
                self.begin(&head).await?;
            }
            if head.is_close() {
                self.release().await?;
            }
            if !self.carry(&head).await? {
                break;
            }
            if head.is_last() && !head.is_control() {
                self.end(&head).await?;
            }
        }
        self.release().await?;
        pass_all(&mut self.from, &mut self.to).await
    }

    /// Reads the head of the next frame. Returns `None` at the end.
    async fn head(&mut self) -> io::Result<Option<FrameHead>> {
        loop {
            if let Some(head) = FrameHead::parse(self.from.bytes()) {
                return Ok(Some(head));
            }
            if self.is_unwatched() {
                let length = self.from.bytes().len();
                self.to.send(self.from.fresh(length)).await?;
                self.from.pass(length);
            }
            if !self.from.fill().await? {
                return Ok(None);
            }
        }
    }

    /// Returns whether bytes may pass before it is known what they are.
    fn is_unwatched(&self) -> bool {
        matches!(self.fate, Fate::Pass)
            && self.held.is_none()
            && !self.state.watches_messages(self.direction)
    }

    /// Decides about a message, by the begin of its first frame.
    async fn begin(&mut self, head: &FrameHead) -> io::Result<()> {
        self.fate = Fate::Pass;
        // A rule meets a message of which nothing has passed.
        if self.from.has_passed_some() || !self.state.watches_messages(self.direction) {
            return Ok(());
        }
        let text = self.text(head).await?;
        if self.state.stops_pongs() && head.is_last() && text.as_deref() == Some(b"3") {
            self.state.count();
            self.fate = Fate::Drop;
            return Ok(());
        }
        let trigger = match self.direction {
            Direction::Up => Trigger::Up,
            Direction::Down => Trigger::Down,
        };
        self.fate = match self.state.meet(&[trigger], text.as_deref()) {
            None => Fate::Pass,
            Some(Fault::Drop) => Fate::Drop,
            Some(Fault::Corrupt) => Fate::Corrupt,
            Some(Fault::Duplicate) => Fate::Twice(Vec::new()),
            // The next one after a held message.
            Some(Fault::Reorder) if self.held.is_some() => Fate::Pass,
            Some(Fault::Reorder) => Fate::Later(Vec::new()),
            Some(Fault::Inject(text)) => Fate::Then(text),
            Some(_) => return Err(reset()),
        };
        Ok(())
    }

    /// Returns the begin of a text, with the length of the longest text of a rule.
    async fn text(&mut self, head: &FrameHead) -> io::Result<Option<Vec<u8>>> {
        if !head.is_text() {
            return Ok(None);
        }
        let length =
            usize::try_from(head.payload).map_or(LONGEST_TEXT, |length| length.min(LONGEST_TEXT));
        while self.from.bytes().len() < head.length + length {
            if !self.from.fill().await? {
                break;
            }
        }
        let payload = self.from.bytes().iter().skip(head.length).take(length);
        let text = (0..)
            .zip(payload)
            .map(|(place, byte)| head.masked(place, *byte));
        Ok(Some(text.collect()))
    }

    /// Moves a frame. Returns `false` if the sender has ended in it.
    async fn carry(&mut self, head: &FrameHead) -> io::Result<bool> {
        let mut place = 0;
        let mut left = head.payload;
        self.piece(head, head.length, None).await?;
        while left > 0 {
            if self.from.bytes().is_empty() && !self.from.fill().await? {
                return Ok(false);
            }
            let length = usize::try_from(left)
                .unwrap_or(usize::MAX)
                .min(self.from.bytes().len());
            self.piece(head, length, Some(place)).await?;
            place += length as u64;
            left -= length as u64;
        }
        Ok(true)
    }

    /// Moves the next bytes of a frame, which begin at this place of its payload.
    async fn piece(
        &mut self,
        head: &FrameHead,
        length: usize,
        place: Option<u64>,
    ) -> io::Result<()> {
        let bytes = self.from.fresh(length);
        match &mut self.fate {
            _ if head.is_control() => self.to.send(bytes).await?,
            Fate::Pass | Fate::Then(_) => self.to.send(bytes).await?,
            Fate::Drop => {}
            Fate::Corrupt => self.to.send(&corrupted(head, bytes, place)).await?,
            Fate::Twice(kept) | Fate::Later(kept) if kept.len() + bytes.len() <= MOST_KEPT => {
                kept.extend_from_slice(bytes);
            }
            Fate::Twice(_) | Fate::Later(_) => {
                tracing::warn!(
                    limit = MOST_KEPT,
                    "a message is too large to come twice or later: the connection is reset"
                );
                return Err(reset());
            }
        }
        self.from.consume(length);
        Ok(())
    }

    /// Sends the messages that follow this one.
    async fn end(&mut self, last: &FrameHead) -> io::Result<()> {
        match std::mem::take(&mut self.fate) {
            Fate::Drop => return Ok(()),
            Fate::Later(message) => {
                self.held = Some(message);
                return Ok(());
            }
            Fate::Twice(message) => {
                self.to.send(&message).await?;
                self.to.send(&message).await?;
            }
            Fate::Then(text) => self.to.send(&last.text_like(&text)).await?,
            Fate::Pass | Fate::Corrupt => {}
        }
        self.release().await
    }

    /// Sends the message that waits for this one.
    async fn release(&mut self) -> io::Result<()> {
        match self.held.take() {
            Some(held) => self.to.send(&held).await,
            None => Ok(()),
        }
    }
}

/// Changes the byte in the middle of a payload to one that is in no UTF-8 text, if it is among these.
fn corrupted(head: &FrameHead, bytes: &[u8], place: Option<u64>) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let middle = head.payload / 2;
    let index = place
        .and_then(|place| middle.checked_sub(place))
        .and_then(|index| usize::try_from(index).ok());
    if let Some(byte) = index.and_then(|index| bytes.get_mut(index)) {
        *byte = head.masked(middle, 0xff);
    }
    bytes
}
