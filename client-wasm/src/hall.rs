//! The machines of one instance, and the desk they share.

use alloc::vec::Vec;

use tidewire_core::Payload as _;
use tidewire_core::wire::packet::BadPacket;
use tidewire_core::{
    Ack, AckId, Client, Delivery, Emit, Frame, Link, Lost, Misuse, Nsp, Reply, TAIL_LIMIT, Time,
};

use crate::desk::{Desk, Reader};
use crate::ground;
use crate::layout::{NOTHING, Setting};
use crate::record;
use crate::settings::{Settings, span};
use crate::slot::Slot;
use crate::words;

/// A machine, and the names of its namespaces.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) client: Client<Slot>,
    nsps: Vec<Nsp>,
}

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

    /// One setting of the machine to be created next.
    pub(crate) fn set(&mut self, setting: u32, value: f64) {
        if let Some(setting) = Setting::at(setting) {
            self.settings
                .get_or_insert_with(Settings::new)
                .set(setting, value);
        }
    }

    /// A machine with the settings told before; gives its handle.
    pub(crate) fn create(&mut self) -> u32 {
        let settings = self.settings.take().unwrap_or_else(Settings::new);
        let machine = Machine {
            client: Client::new(settings.finish()),
            nsps: Vec::new(),
        };
        let free = self.machines.iter().position(Option::is_none);
        let at = free.unwrap_or(self.machines.len());
        match self.machines.get_mut(at) {
            Some(place) => *place = Some(machine),
            None => self.machines.push(Some(machine)),
        }
        at as u32
    }

    /// Gives a machine up; its handle may be given again.
    pub(crate) fn free(&mut self, handle: u32) {
        if let Some(place) = self.machines.get_mut(handle as usize) {
            *place = None;
        }
    }

    /// The machine of a handle, and what lies on the desk. Unknown handles do nothing, and give `R`'s default.
    pub(crate) fn with<R: Default>(
        &mut self,
        handle: u32,
        f: impl FnOnce(&mut Machine, Reader<'_>) -> R,
    ) -> R {
        match self.machines.get_mut(handle as usize) {
            Some(Some(machine)) => f(machine, self.desk.read()),
            _ => R::default(),
        }
    }

    /// The same for a namespace; unknown ones do nothing.
    pub(crate) fn with_nsp<R: Default>(
        &mut self,
        handle: u32,
        nsp: u32,
        f: impl FnOnce(&mut Client<Slot>, Nsp, Reader<'_>) -> R,
    ) -> R {
        self.with(handle, |machine, desk| {
            match machine.nsps.get(nsp as usize) {
                Some(nsp) => f(&mut machine.client, *nsp, desk),
                None => R::default(),
            }
        })
    }

    /// Lays the next thing down that a machine wants done or known, and says what it is. When there is none: the slots
    /// that have no share left.
    pub(crate) fn poll(&mut self, handle: u32) -> u32 {
        let output = self.with(handle, |machine, _| machine.client.poll());
        match output {
            Some(output) => 1 + record::lay_down(output, &mut self.desk) as u32,
            None => self.lay_released(),
        }
    }

    /// Lays the payloads down that wait for a namespace; gives their count.
    pub(crate) fn offline(&mut self, handle: u32, nsp: u32) {
        let Hall { machines, desk, .. } = self;
        desk.clear();
        let Some(Some(machine)) = machines.get(handle as usize) else {
            return desk.number(0);
        };
        let Some(nsp) = machine.nsps.get(nsp as usize) else {
            return desk.number(0);
        };
        desk.number(machine.client.offline(*nsp).count() as u32);
        for slot in machine.client.offline(*nsp) {
            desk.payload(Some(slot));
        }
    }

    fn lay_released(&mut self) -> u32 {
        let desk = &mut self.desk;
        ground::with_slots(|slots| {
            let released = slots.take_released();
            desk.clear();
            desk.number(released.len() as u32);
            for slot in released {
                desk.number(slot);
            }
        });
        NOTHING
    }
}

impl Machine {
    /// The namespace whose name lies on the desk, and perhaps its query.
    pub(crate) fn namespace(&mut self, has_query: bool, mut desk: Reader<'_>) -> u32 {
        let name = desk.string();
        let query = has_query.then(|| desk.string());
        let nsp = self.client.namespace(name, query);
        if nsp.index() == self.nsps.len() {
            self.nsps.push(nsp);
        }
        nsp.index() as u32
    }

    /// The packets of a body, as they lie on the desk.
    pub(crate) fn answer(
        &mut self,
        now: Time,
        link: u32,
        form: u32,
        count: u32,
        mut desk: Reader<'_>,
    ) {
        let frames = (0..count).map(|_| desk.frame().ok_or(BadPacket));
        let link = Link::from_id(link);
        self.client
            .handle_answer(now, link, words::dialect(form), frames);
    }
}

/// An event; its payload and attachments lie on the desk.
///
/// `ack`: NaN for none, infinity for no limit. `delivery`: -1 volatile, 0 once, or how many tries there may be. Gives the ack,
/// or -1 for none, or -2 and below for a [`Word`] of misuse.
pub(crate) fn emit(
    client: &mut Client<Slot>,
    now: Time,
    nsp: Nsp,
    (ack, delivery, attachments): (f64, i32, u32),
    mut desk: Reader<'_>,
) -> f64 {
    let emit = Emit {
        payload: desk.payload(),
        attachments: desk.payloads(attachments),
        ack: awaited(ack),
        delivery: delivered(delivery),
    };
    match client.emit(now, nsp, emit) {
        Ok(ack) => ack.map_or(-1.0, |ack| ack.get() as f64),
        Err(misuse) => code(misuse),
    }
}

/// An answer; its payload and attachments lie on the desk. Gives -1, or -2 and below for a [`Word`] of misuse.
pub(crate) fn reply(
    client: &mut Client<Slot>,
    now: Time,
    nsp: Nsp,
    (session, id, attachments): (u32, f64, u32),
    mut desk: Reader<'_>,
) -> f64 {
    let reply = Reply::from_parts(session, id as u64);
    let payload = desk.payload();
    let attachments = desk.payloads(attachments);
    match client.reply(now, nsp, reply, payload, attachments) {
        Ok(()) => -1.0,
        Err(misuse) => code(misuse),
    }
}

fn code(misuse: Misuse) -> f64 {
    -2.0 - f64::from(words::misuse(misuse) as u8)
}

fn awaited(limit: f64) -> Ack {
    if limit.is_nan() {
        return Ack::None;
    }
    span(limit).map_or(Ack::Unlimited, Ack::Within)
}

fn delivered(delivery: i32) -> Delivery {
    match delivery {
        0 => Delivery::Once,
        -1 => Delivery::Volatile,
        retries => Delivery::AtLeastOnce {
            retries: (retries - 1) as u32,
        },
    }
}

pub(crate) fn ack_id(number: f64) -> AckId {
    AckId::from_number(number as u64)
}

pub(crate) fn time(now: f64) -> Time {
    Time::from_millis(now as u64)
}

pub(crate) fn lost(closed: u32) -> Lost {
    match closed {
        0 => Lost::Failed,
        _ => Lost::Closed,
    }
}

impl<'a> Reader<'a> {
    /// A frame: 0 for text, 1 for binary, 2 for one that cannot be read; behind the former two the head, the tail and the
    /// payload. The tail of a packet that the head shows whole is found there.
    pub(crate) fn frame(&mut self) -> Option<Frame<'a, Slot>> {
        let kind = self.count();
        if kind > 1 {
            return None;
        }
        let (head, mut tail) = (self.bytes(), self.bytes());
        let payload = self.payload();
        if kind == 1 {
            return Some(Frame::binary(head, payload));
        }
        if head.len() == payload.size() {
            tail = &head[head.len().saturating_sub(TAIL_LIMIT)..];
        }
        Some(Frame::text(head, payload).with_tail(tail))
    }
}
