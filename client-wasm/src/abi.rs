//! The one function that JavaScript calls: numbers in, a number out.

use crate::ground::{exports, with_hall};
use crate::layout::Op;

/// An operation and its arguments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) op: Op,
    pub(crate) now: f64,
    pub(crate) place: u32,
    pub(crate) value: f64,
    pub(crate) flag: i32,
    pub(crate) count: u32,
}

exports! {
    /// Does the operation of this place in [`OPS`](crate::layout::OPS). What an operation has no use for is not read.
    ///
    /// | operation | place | value | flag | count | on the desk | result |
    /// |---|---|---|---|---|---|---|
    /// | version | | | | | | changes when an area of the desk has moved or the memory has grown |
    /// | numbers, bytes, text | | | | | | the addresses of the desk's areas: numbers of either side, JavaScript's bytes, the machine's |
    /// | room | numbers | | bytes | | | makes room for so much of JavaScript's |
    /// | set | in `SETTINGS` | value | | | | of the machine to be created or configured next |
    /// | create | | | | | | a machine's handle |
    /// | free | | | | | | |
    /// | namespace | | | has a query | | name (`s`), query (`s`) | its number |
    /// | connect | namespace | | | | | |
    /// | authorize | namespace | | has auth | | payload | |
    /// | emit | namespace | ack | delivery | attachments | payload, attachments | the ack, -1 for none, or misuse |
    /// | reply | namespace | id | session | attachments | payload, attachments | -1, or misuse |
    /// | cancel | namespace | ack | | | | |
    /// | clear | namespace | | | | | |
    /// | disconnect | namespace | | | | | |
    /// | close | | | | | | |
    /// | opened | link | | | | | |
    /// | packet | link | | | | frame | |
    /// | answer | link | | form | frames | frames | |
    /// | lost | link | | was closed | | | |
    /// | hint | in `WORDS` | | | | | |
    /// | timeout | | | | | | |
    /// | poll | | | | | (after) arguments, or the rest | place in `CALLS`, counted from 1, or 0 for nothing; and 64 times the version |
    /// | connected | namespace | | | | | 0 or 1 |
    /// | offline | namespace | | | | (after) payloads (`p`) | how many |
    /// | generation | | | | | | 3, 4, or 0 while it is not known |
    /// | transport | | | | | | place in `WORDS`, or -1 |
    /// | backlog | | | | | | packets |
    /// | recovers | | | | | | 1 if the ends of long packets are of use |
    /// | open | | | | | | |
    /// | configure | | | | | | |
    /// | reject | | | | | | |
    ///
    /// `now` is the time in milliseconds. Emit's ack is a time limit, infinity for none, NaN when no answer is awaited; its
    /// delivery is -1 for volatile, 0 for once, or how many tries there may be. Misuse is -2 less the place of a word. A payload
    /// of JavaScript's is its slot and its size in bytes. A frame is 0 for text or 1 for binary, then its head (`s`), its tail
    /// (`s`), its payload; or 2 alone if it cannot be read. The letters are those of [`CALLS`](crate::layout::CALLS); the
    /// rest is when `timeout` is to be called at the latest (infinity: not at all), and the released slots behind their count.
    fn call(op: u32, machine: u32, now: f64, place: u32, value: f64, flag: i32, count: u32) -> f64 {
        let Some(op) = Op::at(op) else { return 0.0 };
        let call = Call { op, now, place, value, flag, count };
        with_hall(|hall| hall.call(machine, call))
    }
}
