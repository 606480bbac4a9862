// Measures clients in one page: the crate, in each of its builds, and the npm package if the bundler knows it as `IO`.

import { io } from "IO";

import { timesOf, valuesOf } from "../../npm/speed/cases.mjs";
import { connect, receive, send } from "../../npm/speed/work.mjs";

const clients = {};

async function npm() {
  const socket = await connect(io, location.origin);
  const go = (all) => {
    socket.emit("go");
    return all();
  };
  return { receive: (name, times) => receive(socket, name, times, go), send: (name, times) => send(socket, name, times) };
}

const kindOf = (value) => (typeof value === "string" ? "text" : ArrayBuffer.isView(value) ? "binary" : "object");

async function crate(file) {
  const build = await import(new URL(`${file}.js`, location.href));
  await build.default();
  await build.speed_begin(location.origin);
  return {
    receive: (name, times) => build.speed_receive(name, kindOf(valuesOf(name)[0]), times),
    send(name, times) {
      const values = valuesOf(name);
      const kind = kindOf(values[0]);
      return build.speed_send(kind, kind === "object" ? values.map((value) => JSON.stringify(value)) : values, times);
    },
  };
}

/** Connects a client: `npm`, or the name of a build. */
globalThis.begin = async (name) => {
  clients[name] = name === "npm" ? await npm() : await crate(name);
};

/** Returns the number of events. */
globalThis.run = async (client, way, name, part) => {
  const times = timesOf(name, part);
  await clients[client][way](name, times);
  return times;
};
