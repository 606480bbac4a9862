//! The one function that JavaScript calls: numbers in, a number out.

use crate::instance::with_instance;
use crate::invocation::Invocation;
use crate::layout::Op;

/// Runs the operation at position `op` of [`OPS`](crate::layout::OPS). It reads only the arguments in its row.
///
/// | operation | index | value | flag | count | in the call buffer | result |
/// |---|---|---|---|---|---|---|
/// | version | | | | | | changes when an area of the call buffer has moved or the memory has grown |
/// | numbers, bytes, text | | | | | | the address of that area of the call buffer |
/// | reserve | numbers | | bytes | | | makes the areas of JavaScript's arguments at least this long |
/// | create | | | | | options | a machine's handle |
/// | free | | | | | | |
/// | namespace | | | has a query | | name (`s`), query (`s`) | its number |
/// | connect | namespace | | | | | |
/// | authorize | namespace | | has auth | | payload | |
/// | emit | namespace | ack | delivery | attachments | payload, attachments | the ack, -1 for none, or misuse |
/// | reply | namespace | id | session | attachments | payload, attachments | -1, or misuse |
/// | cancel | namespace | ack | | | | |
/// | clear offline | namespace | | | | | |
/// | disconnect | namespace | | | | | |
/// | close | | | | | | |
/// | opened | link | | | | | |
/// | packet | link | | | | frame | |
/// | response | link | | Engine.IO version, in `CODES` | frames | frames | |
/// | lost | link | | was closed | | | |
/// | hint | in `CODES` | | | | | |
/// | timeout | | | | | | |
/// | poll | | | | | (after) arguments, or the idle state | position in `HOST_CALLS` + 1, or 0 for no call; plus 64 times the version |
/// | connected | namespace | | | | | 0 or 1 |
/// | offline | namespace | | | | (after) payloads (`p`) | their count |
/// | engine version | | | | | | position in `CODES`, or -1 |
/// | transport | | | | | | position in `CODES`, or -1 |
/// | backlog | | | | | | packets |
/// | recovers | | | | | | 1 if the machine reads the tails of long packets |
/// | open | | | | | | |
/// | configure | | | | | options | |
/// | report bad payload | | | | | | |
/// | reopen | | | | | | |
/// | remove offline | namespace | position | | | | |
/// | expect | namespace | time limit | | | | the ack, or misuse |
/// | answered | namespace | ack | may have retries | | | 1 if it was awaited |
/// | note event | namespace | | | | tail (`s`) | |
/// | session | namespace | | | | | the number of its connection, for a reply |
///
/// * `now` is the time in milliseconds.
/// * Emit: `value` is the time limit of the ack in milliseconds, infinity for none, NaN if no ack is wanted; `flag` is -1 for
///   volatile, 0 for once, or the number of tries.
/// * Misuse is -2 minus its position in `CODES`.
/// * Options are a number for each of `SETTINGS`, in that order; -infinity is the default.
/// * A payload is the number of its JavaScript slot and its size in bytes.
/// * A frame is 0 for text or 1 for binary, then its head (`s`), its tail (`s`), its payload; or 2 alone if it cannot be read.
/// * The letters are those of [`HOST_CALLS`](crate::layout::HOST_CALLS).
/// * The idle state is the time of the next `timeout` in milliseconds (infinity for none), the link of the direct lane (0 for
///   none), the count of the released slots, and their numbers.
// `no_mangle` is unsafe because two functions of one name would be linked as one: this is the only exported function.
#[allow(unsafe_code, reason = "said above")]
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn call(
    op: u32,
    machine: u32,
    now: f64,
    index: u32,
    value: f64,
    flag: i32,
    count: u32,
) -> f64 {
    let Some(op) = Op::at(op) else { return 0.0 };
    let invocation = Invocation {
        op,
        now,
        index,
        value,
        flag,
        count,
    };
    with_instance(|instance| instance.call(machine, invocation))
}
