//! The one function that JavaScript calls: numbers in, a number out.

use crate::instance::with_instance;
use crate::invocation::Invocation;
use crate::layout::Op;

/// Runs the operation at position `op` of [`OPS`](crate::layout::OPS). It reads only the arguments in its row.
///
/// | operation | index | value | flag | count | in the call buffer | result |
/// |---|---|---|---|---|---|---|
/// | version | | | | | | changes when the call buffer has moved or the memory has grown |
/// | numbers | | | | | | the address of the call buffer |
/// | reserve | numbers | | | | | makes the call buffer at least this long |
/// | create | | | | | options | a machine's handle |
/// | free | | | | | | |
/// | namespace | | | has a query | | name (`s`), query (`s`) | its number |
/// | connect | namespace | | | | | |
/// | authorize | namespace | | has auth | | payload | |
/// | emit | namespace | ack | delivery | attachments | payload, attachments | the ack, -1 for none, or misuse |
/// | reply | namespace | id | session | attachments | payload, attachments | -1, or misuse |
/// | cancel | namespace | ack | | | | |
/// | disconnect | namespace | | | | | |
/// | close | | | | | | |
/// | opened | link | | | | | |
/// | packet | link | | | | frame | |
/// | response | link | | Engine.IO version, in `CODES` | frames | frames | |
/// | lost | link | | 0: it failed, 1: the server closed it, 2: the server refused it | | | |
/// | hint | in `CODES` | | | | | |
/// | timeout | | | | | | |
/// | poll | | | | | (after) arguments, or the idle state | position in `HOST_CALLS` + 1, or 0 for no call; plus 64 times the version |
/// | offline | namespace | | | | (after) payloads (`p`) | their count |
/// | engine version | | | | | | position in `CODES`, or -1 |
/// | backlog | | | | | | packets |
/// | recovers | | | | | | 1 if the machine reads the tails of long packets |
/// | open | | | | | | |
/// | configure | | | | | options | |
/// | report bad payload | | | | | | |
/// | reopen | | | | | | |
/// | remove offline | namespace | position; 2^32 - 1 or more for all | | | | |
/// | expect | namespace | time limit | | | | the ack, or misuse |
/// | answered | namespace | ack | may have retries | | | 1 if it was awaited |
/// | note event | namespace | | | | offset (`s`; empty: none) | |
/// | session | namespace | | | | | the number of its connection, for a reply |
///
/// * `now` is the time in milliseconds.
/// * Emit: `value` is the time limit of the ack in milliseconds, infinity for none, NaN if no ack is wanted; `flag` is -1 for
///   volatile, 0 for once, or the number of tries.
/// * Misuse is -2 minus its position in `CODES`.
/// * Options are a number for each of `SETTINGS`, in that order; -infinity is the default.
/// * A payload is the number of its JavaScript slot and its size in bytes.
/// * A frame is one of these. An empty text is none; -1 is none, or a value that is not a whole number.
///   * 0, an open packet: `pingInterval`, `pingTimeout`, `maxPayload`, the transports that it offers (1 WebSocket, plus 2
///     WebTransport), `sid` (`s`).
///   * 1, 2, 3, 5, 6: a packet of this Engine.IO type; 7: the answer to a probe; 9: a text that is not a packet; 10: a frame that cannot be
///     read.
///   * 4, a Socket.IO packet: its type (7: illegal attachments, 8: unknown type), attachments, ack id (NaN: none), the first unit of its payload
///     (NaN: none), the event name (0: fits, 1: reserved, 2: not a name, 3: the header is too long), namespace (`s`), `sid` (`s`) and `pid` (`s`) of a CONNECT, offset
///     of an event (`s`), its payload without the header.
///   * 8, a binary frame: its first byte (NaN: none), its payload.
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
