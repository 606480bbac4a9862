//! The one function that JavaScript calls: numbers in, a number out.

use crate::ground::{exports, with_hall};

exports! {
    /// Does the operation of this place in [`OPS`](crate::layout::OPS). Arguments that an operation has none of are not read.
    ///
    /// | operation | arguments behind the machine's handle | result |
    /// |---|---|---|
    /// | version | | changes when an area of the desk has moved or the memory has grown: views are to be made anew |
    /// | numbers, bytes, text | | the addresses of the desk's areas: numbers of either side, JavaScript's bytes, the machine's |
    /// | room | numbers, bytes | makes room for so much of JavaScript's |
    /// | set | place in `SETTINGS`, value | a setting of the machine to be created next |
    /// | create | | a machine's handle |
    /// | free | | |
    /// | namespace | whether it has a query; name (`s`) and query (`s`) on the desk | its number |
    /// | connect | now, namespace | |
    /// | authorize | now, namespace, whether there is auth; a payload on the desk | |
    /// | emit | now, namespace, ack, delivery, attachments; payload and attachments on the desk | the ack, -1 for none, or misuse |
    /// | reply | now, namespace, session, id, attachments; the same on the desk | -1, or misuse |
    /// | cancel | now, namespace, ack | |
    /// | clear | 0, namespace | |
    /// | disconnect | now, namespace | |
    /// | close | now | |
    /// | opened | now, link | |
    /// | packet | now, link; a frame on the desk | |
    /// | answer | now, link, form, frames; the frames on the desk | |
    /// | lost | now, link, whether it was closed (and did not fail) | |
    /// | hint | now, place in `WORDS` | |
    /// | timeout | now | |
    /// | poll | | place in `CALLS`, counted from 1, and its arguments on the desk; or 0, and the count and numbers of slots to be cleared |
    /// | next | | when `timeout` is to be called at the latest; infinity: not at all |
    /// | connected | 0, namespace | 0 or 1 |
    /// | offline | 0, namespace | payloads (`l`) on the desk |
    /// | generation | | 3, 4, or 0 while it is not known |
    /// | transport | | place in `WORDS`, or -1 |
    /// | backlog | | packets |
    /// | recovers | | 1 if the ends of long packets are of use |
    ///
    /// Emit's `ack` is a time limit, infinity for none, NaN when no answer is awaited; its `delivery` is -1 for volatile, 0 for
    /// once, or how many tries there may be. Misuse is -2 less the place of a word. A payload of JavaScript's is its slot and
    /// its size. A frame is 0 for text, 1 for binary, then its head (`s`), its tail (`s`), its payload; or 2 alone if it cannot be
    /// read. The letters are those of [`CALLS`](crate::layout::CALLS).
    fn call(op: u32, machine: u32, a: f64, b: f64, c: f64, d: f64, e: f64) -> f64 {
        with_hall(|hall| hall.call(op, machine, [a, b, c, d, e]))
    }
}
