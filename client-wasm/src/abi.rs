//! The functions that JavaScript calls: numbers in, a number out.

use tidewire_core::Link;

use crate::ground::{exports, page_count, with_hall};
use crate::hall::{self, ack_id, time};
use crate::layout::Word;
use crate::words;

exports! {
    // ---- the desk ----

    /// A number that changes when an area of the desk has moved, or the memory has grown: views are to be made anew.
    fn version() -> u32 {
        with_hall(|hall| hall.desk.moved()) << 16 | page_count()
    }
    /// Where the numbers are: an address in memory.
    fn numbers() -> u32 {
        with_hall(|hall| hall.desk.numbers.as_mut_ptr() as usize as u32)
    }
    /// Where the bytes are that JavaScript lays down.
    fn bytes() -> u32 {
        with_hall(|hall| hall.desk.bytes.as_mut_ptr() as usize as u32)
    }
    /// Where the text is that the machine lays down.
    fn text() -> u32 {
        with_hall(|hall| hall.desk.text.as_mut_ptr() as usize as u32)
    }
    /// Makes room for so many numbers and bytes of JavaScript's.
    fn room(numbers: u32, bytes: u32) {
        with_hall(|hall| hall.desk.make_room(numbers as usize, bytes as usize));
    }

    // ---- machines ----

    /// A setting of the machine to be created next: its place in `SETTINGS`, and its value.
    fn set(setting: u32, value: f64) {
        with_hall(|hall| hall.set(setting, value));
    }
    /// A machine with the settings told before; gives its handle.
    fn create() -> u32 {
        with_hall(|hall| hall.create())
    }
    /// Gives a machine up.
    fn free(handle: u32) {
        with_hall(|hall| hall.free(handle));
    }

    // ---- commands ----

    /// The namespace whose name lies on the desk (`s`), with its query behind it (`s`) if it has one.
    fn namespace(handle: u32, has_query: u32) -> u32 {
        with_hall(|hall| hall.with(handle, |machine, desk| machine.namespace(has_query != 0, desk)))
    }
    fn connect(handle: u32, now: f64, nsp: u32) {
        with_hall(|hall| hall.with_nsp(handle, nsp, |client, nsp, _| client.connect(time(now), nsp)));
    }
    /// `has_auth`: whether a payload lies on the desk.
    fn authorize(handle: u32, now: f64, nsp: u32, has_auth: u32) {
        with_hall(|hall| hall.with_nsp(handle, nsp, |client, nsp, mut desk| {
            let auth = (has_auth != 0).then(|| desk.payload());
            client.authorize(time(now), nsp, auth);
        }));
    }
    /// The payload and the attachments lie on the desk.
    ///
    /// `ack`: the time limit, infinity for none, NaN for no answer. `delivery`: -1 volatile, 0 once, or how many tries
    /// there may be. Gives the ack, -1 for none, and -2 less the place of a word for misuse.
    fn emit(handle: u32, now: f64, nsp: u32, ack: f64, delivery: i32, attachments: u32) -> f64 {
        with_hall(|hall| hall.with_nsp(handle, nsp, |client, nsp, desk| {
            hall::emit(client, time(now), nsp, (ack, delivery, attachments), desk)
        }))
    }
    /// The payload and the attachments lie on the desk. Gives -1, or what `emit` gives for misuse.
    fn reply(handle: u32, now: f64, nsp: u32, session: u32, id: f64, attachments: u32) -> f64 {
        with_hall(|hall| hall.with_nsp(handle, nsp, |client, nsp, desk| {
            hall::reply(client, time(now), nsp, (session, id, attachments), desk)
        }))
    }
    fn cancel(handle: u32, now: f64, nsp: u32, ack: f64) {
        with_hall(|hall| hall.with_nsp(handle, nsp, |client, nsp, _| {
            client.cancel(time(now), nsp, ack_id(ack));
        }));
    }
    fn clear(handle: u32, nsp: u32) {
        with_hall(|hall| hall.with_nsp(handle, nsp, |client, nsp, _| client.clear_offline(nsp)));
    }
    fn disconnect(handle: u32, now: f64, nsp: u32) {
        with_hall(|hall| hall.with_nsp(handle, nsp, |client, nsp, _| {
            client.disconnect(time(now), nsp);
        }));
    }
    fn close(handle: u32, now: f64) {
        with_hall(|hall| hall.with(handle, |machine, _| machine.client.close(time(now))));
    }

    // ---- handlers ----

    fn opened(handle: u32, now: f64, link: u32) {
        with_hall(|hall| hall.with(handle, |machine, _| {
            machine.client.handle_opened(time(now), Link::from_id(link));
        }));
    }
    /// The frame lies on the desk: 0 for text or 1 for binary, head (`s`), tail (`s`), payload (its slot, its size).
    fn packet(handle: u32, now: f64, link: u32) {
        with_hall(|hall| hall.with(handle, |machine, mut desk| {
            if let Some(frame) = desk.frame() {
                machine.client.handle_packet(time(now), Link::from_id(link), frame);
            }
        }));
    }
    /// So many frames lie on the desk, each as for `packet`; one that cannot be read is 2 alone.
    fn answer(handle: u32, now: f64, link: u32, form: u32, count: u32) {
        with_hall(|hall| hall.with(handle, |machine, desk| {
            machine.answer(time(now), link, form, count, desk);
        }));
    }
    /// `closed`: 0 for a link that failed, 1 for one that was closed.
    fn lost(handle: u32, now: f64, link: u32, closed: u32) {
        with_hall(|hall| hall.with(handle, |machine, _| {
            machine.client.handle_lost(time(now), Link::from_id(link), hall::lost(closed));
        }));
    }
    /// `word`: the hint's place in `WORDS`.
    fn hint(handle: u32, now: f64, word: u32) {
        with_hall(|hall| hall.with(handle, |machine, _| {
            if let Some(hint) = Word::at(word).and_then(words::hint) {
                machine.client.handle_hint(time(now), hint);
            }
        }));
    }
    fn timeout(handle: u32, now: f64) {
        with_hall(|hall| hall.with(handle, |machine, _| machine.client.handle_timeout(time(now))));
    }

    // ---- polling ----

    /// Lays the next call to the host down, and gives its place in `CALLS`, counted from 1. When there is none: 0, and the
    /// slots to be cleared, behind their count.
    fn poll(handle: u32) -> u32 {
        with_hall(|hall| hall.poll(handle))
    }

    // ---- getters ----

    /// When `timeout` is to be called at the latest; infinity: not at all.
    fn next(handle: u32) -> f64 {
        with_hall(|hall| hall.with(handle, |machine, _| machine.client.next_timeout()))
            .map_or(f64::INFINITY, |at| at.as_millis() as f64)
    }
    fn connected(handle: u32, nsp: u32) -> u32 {
        with_hall(|hall| hall.with_nsp(handle, nsp, |client, nsp, _| client.is_connected(nsp))).into()
    }
    /// Lays down the payloads (`l`) that wait for a namespace.
    fn offline(handle: u32, nsp: u32) {
        with_hall(|hall| hall.offline(handle, nsp));
    }
    /// 3 or 4; 0 while it is not known.
    fn generation(handle: u32) -> u32 {
        with_hall(|hall| hall.with(handle, |machine, _| words::generation(machine.client.dialect())))
    }
    /// The place of the transport's name in `WORDS`; -1 when there is none.
    fn transport(handle: u32) -> i32 {
        with_hall(|hall| hall.with(handle, |machine, _| machine.client.transport()))
            .map_or(-1, |transport| words::transport(transport) as i32)
    }
    fn backlog(handle: u32) -> u32 {
        with_hall(|hall| hall.with(handle, |machine, _| machine.client.backlog() as u32))
    }
    /// Whether the ends of long packets are of use: some namespace can be recovered.
    fn recovers(handle: u32) -> u32 {
        with_hall(|hall| hall.with(handle, |machine, _| machine.client.recovers())).into()
    }
}
