//! The machines of one instance, and the desk they share.

use alloc::vec::Vec;

use tidewire_core::{Client, Config};

use crate::abi::Call;
use crate::desk::Desk;
use crate::ground::{self, page_count};
use crate::layout::{NOTHING, Op};
use crate::machine::Machine;
use crate::record;
use crate::settings;
use crate::slot::Slots;

/// All of one instance but the counts of its slots.
#[derive(Debug)]
pub(crate) struct Hall {
    machines: Vec<Option<Machine>>,
    pub(crate) desk: Desk,
    /// What has been told for the next machine.
    config: Option<Config>,
}

impl Hall {
    pub(crate) const fn new() -> Hall {
        Hall {
            machines: Vec::new(),
            desk: Desk::new(),
            config: None,
        }
    }

    /// Does an operation; see [`abi::call`](crate::abi::call()). Unknown machines and namespaces do nothing.
    pub(crate) fn call(&mut self, handle: u32, call: Call) -> f64 {
        let desk = &mut self.desk;
        let result = match call.op {
            Op::Version => version(desk),
            Op::Numbers => desk.numbers.as_mut_ptr() as usize as u32,
            Op::Bytes => desk.bytes.as_mut_ptr() as usize as u32,
            Op::Text => desk.text.as_mut_ptr() as usize as u32,
            Op::Room => {
                desk.make_room(call.place as usize, call.flag as usize);
                0
            }
            Op::Set => {
                let config = self.config.get_or_insert_with(settings::standard);
                settings::set(config, call.place, call.value);
                0
            }
            Op::Create => self.create(),
            _ => return self.call_machine(handle, call),
        };
        f64::from(result)
    }

    fn call_machine(&mut self, handle: u32, call: Call) -> f64 {
        let Some(place) = self.machines.get_mut(handle as usize) else {
            return 0.0;
        };
        let Some(machine) = place else { return 0.0 };
        match call.op {
            Op::Free => *place = None,
            Op::Configure => machine.client.configure(settings::taken(&mut self.config)),
            Op::Poll => {
                let place = match machine.client.poll() {
                    Some(output) => 1 + record::lay_down(&output, &mut self.desk) as u32,
                    None => {
                        let next = machine.next();
                        self.lay_rest(next)
                    }
                };
                // So that JavaScript need not ask for it each time.
                return f64::from(version(&mut self.desk)) * 64.0 + f64::from(place);
            }
            _ => return machine.call(call, &mut self.desk),
        }
        f64::from(NOTHING)
    }

    /// A machine with the settings told before; gives its handle, which may have been another's that was given up.
    fn create(&mut self) -> u32 {
        let free = self.machines.iter().position(Option::is_none);
        let at = free.unwrap_or(self.machines.len());
        if free.is_none() {
            self.machines.push(None);
        }
        if let Some(place) = self.machines.get_mut(at) {
            let config = settings::taken(&mut self.config);
            *place = Some(Machine::new(Client::new(config)));
        }
        at as u32
    }

    /// Lays down when the machine wants to be called, and the slots that have no share left. Gives the place of no call.
    fn lay_rest(&mut self, next: f64) -> u32 {
        let released = ground::with_slots(Slots::take_released);
        self.desk.clear();
        self.desk.number(next);
        self.desk.number(released.len() as f64);
        for slot in released {
            self.desk.number(f64::from(slot));
        }
        NOTHING
    }
}

/// Changes when an area of the desk has moved, or the memory has grown.
fn version(desk: &mut Desk) -> u32 {
    (desk.moved() << 16) | page_count()
}
