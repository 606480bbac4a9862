//! All machines of one WebAssembly instance, and the call buffer they share.

use alloc::vec::Vec;

use tidewire_core::Client;

use crate::buffer::CallBuffer;
use crate::encode_output::{encode, encode_idle};
use crate::invocation::Invocation;
use crate::layout::{NO_CALL, Op};
use crate::machine::Machine;
use crate::memory::page_count;
use crate::settings;
use crate::single::single;

/// The state of one instance, apart from the table of slots.
#[derive(Debug)]
pub(crate) struct Instance {
    machines: Vec<Option<Machine>>,
    pub(crate) buffer: CallBuffer,
}

single! {
    static INSTANCE: Instance = Instance::new();
}

/// Calls `f` with the instance, which `f` must not reach again by this function.
pub(crate) fn with_instance<R>(f: impl FnOnce(&mut Instance) -> R) -> R {
    INSTANCE.with_borrow_mut(f)
}

impl Instance {
    const fn new() -> Instance {
        Instance {
            machines: Vec::new(),
            buffer: CallBuffer::new(),
        }
    }

    /// Runs an operation; see [`abi::call`](crate::abi::call()). Unknown machines and namespaces do nothing.
    pub(crate) fn call(&mut self, handle: u32, call: Invocation) -> f64 {
        let buffer = &mut self.buffer;
        let result = match call.op {
            Op::Version => version(buffer),
            Op::Numbers => buffer.numbers.as_mut_ptr() as usize as u32,
            Op::Reserve => {
                buffer.reserve(call.index as usize);
                0
            }
            Op::Create => self.create(),
            _ => return self.call_machine(handle, call),
        };
        f64::from(result)
    }

    fn call_machine(&mut self, handle: u32, call: Invocation) -> f64 {
        let Some(entry) = self.machines.get_mut(handle as usize) else {
            return 0.0;
        };
        let Some(machine) = entry else { return 0.0 };
        match call.op {
            Op::Free => *entry = None,
            Op::Configure => machine
                .client
                .configure(settings::read(self.buffer.reader())),
            Op::Poll => return poll(machine, &mut self.buffer),
            _ => return machine.call(call, &mut self.buffer),
        }
        0.0
    }

    /// Creates a machine of the options in the call buffer. Returns its handle, which a freed machine may have had.
    fn create(&mut self) -> u32 {
        let free = self.machines.iter().position(Option::is_none);
        let at = free.unwrap_or(self.machines.len());
        if free.is_none() {
            self.machines.push(None);
        }
        if let Some(entry) = self.machines.get_mut(at) {
            let config = settings::read(self.buffer.reader());
            *entry = Some(Machine::new(Client::new(config)));
        }
        at as u32
    }
}

/// Encodes the next output, or the idle state if there is none.
fn poll(machine: &mut Machine, buffer: &mut CallBuffer) -> f64 {
    let call = match machine.client.poll() {
        Some(output) => 1 + encode(&output, buffer) as u32,
        None => {
            encode_idle(machine.next_timeout(), machine.client.direct(), buffer);
            NO_CALL
        }
    };
    // With the version, which JavaScript would otherwise ask for after each poll.
    f64::from(version(buffer)) * 64.0 + f64::from(call)
}

/// Changes when the call buffer has moved, or the memory has grown: then JavaScript needs new views.
fn version(buffer: &mut CallBuffer) -> u32 {
    (buffer.version() << 16) | page_count()
}
