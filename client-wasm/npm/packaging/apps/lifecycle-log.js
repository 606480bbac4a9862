// The log of a page with one socket, and its clock.

let events = [];
let waiting = () => {};

/** Adds a line to the log of the page. */
export function log(line) {
  events.push(line);
  waiting();
}

/** Waits for an event that begins with `wanted`; returns all events since the last call. */
globalThis.until = (wanted) =>
  new Promise((resolve) => {
    waiting = () => {
      if (!events.some((line) => line.startsWith(wanted))) return;
      resolve(events);
      events = [];
      waiting = () => {};
    };
    waiting();
  });

/** Returns the events that `until` has not returned. */
globalThis.logged = () => events;

let ahead = 0;
const { now } = Date;
Date.now = () => now() + ahead;

/** Advances the clock without timers, like a sleeping device. */
globalThis.sleep = (span) => {
  ahead += span;
};

globalThis.log = log;
