//! The machines of one instance, and the desk they share.

use alloc::vec::Vec;

use tidewire_core::Client;

use crate::desk::Desk;
use crate::ground::{self, page_count};
use crate::layout::{NOTHING, Op, Setting};
use crate::machine::Machine;
use crate::record;
use crate::settings::Settings;
use crate::slot::Slots;

/// All of one instance but the counts of its slots.
#[derive(Debug)]
pub(crate) struct Hall {
    machines: Vec<Option<Machine>>,
    pub(crate) desk: Desk,
    settings: Option<Settings>,
}

impl Hall {
    pub(crate) const fn new() -> Hall {
        Hall {
            machines: Vec::new(),
            desk: Desk::new(),
            settings: None,
        }
    }

    /// Does an operation; see [`abi::call`](crate::abi::call). Unknown machines and namespaces do nothing.
    pub(crate) fn call(&mut self, op: u32, handle: u32, arguments: [f64; 5]) -> f64 {
        let Some(op) = Op::at(op) else { return 0.0 };
        let [a, b, ..] = arguments;
        let result = match op {
            Op::Version => (self.desk.moved() << 16) | page_count(),
            Op::Numbers => self.desk.numbers.as_mut_ptr() as usize as u32,
            Op::Bytes => self.desk.bytes.as_mut_ptr() as usize as u32,
            Op::Text => self.desk.text.as_mut_ptr() as usize as u32,
            Op::Room => {
                self.desk.make_room(a as usize, b as usize);
                0
            }
            Op::Set => {
                self.set(a as u32, b);
                0
            }
            Op::Create => self.create(),
            _ => return self.call_machine(op, handle, arguments),
        };
        f64::from(result)
    }

    fn call_machine(&mut self, op: Op, handle: u32, arguments: [f64; 5]) -> f64 {
        let Some(place) = self.machines.get_mut(handle as usize) else {
            return 0.0;
        };
        let Some(machine) = place else { return 0.0 };
        match op {
            Op::Free => *place = None,
            Op::Poll => {
                if let Some(output) = machine.client.poll() {
                    return f64::from(1 + record::lay_down(output, &mut self.desk) as u32);
                }
                self.lay_released();
            }
            _ => return machine.call(op, arguments, &mut self.desk),
        }
        f64::from(NOTHING)
    }

    /// One setting of the machine to be created next.
    fn set(&mut self, setting: u32, value: f64) {
        if let Some(setting) = Setting::at(setting) {
            let settings = self.settings.get_or_insert_with(Settings::new);
            settings.set(setting, value);
        }
    }

    /// A machine with the settings told before; gives its handle, which may have been another's that was given up.
    fn create(&mut self) -> u32 {
        let settings = self.settings.take().unwrap_or_else(Settings::new);
        let free = self.machines.iter().position(Option::is_none);
        let at = free.unwrap_or(self.machines.len());
        if free.is_none() {
            self.machines.push(None);
        }
        if let Some(place) = self.machines.get_mut(at) {
            *place = Some(Machine::new(Client::new(settings.finish())));
        }
        at as u32
    }

    /// Lays down the slots that have no share left.
    fn lay_released(&mut self) {
        let released = ground::with_slots(Slots::take_released);
        self.desk.clear();
        self.desk.number(released.len() as u32);
        for slot in released {
            self.desk.number(slot);
        }
    }
}
