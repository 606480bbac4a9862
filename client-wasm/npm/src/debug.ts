/** Prints the calls between the client and the machine, for users of the package `debug`: `DEBUG=tidewire*`, or `localStorage.debug` in pages. */

import type { Host, Machine } from "./machine/contract.js";
import { Outgoing } from "./outgoing.js";
import { platform } from "./platform.js";

/** Longer texts are cut. */
const MOST = 500;

const GETTERS = /^(poll|offline|engineVersion|backlog|session|recovers)$/;

/**
 * Prints the calls of all machines that are created later, with their payloads (also tokens). `names` are those of `debug`: `tidewire:in` is all
 * that the machine is told, and `tidewire:out` is all that it tells.
 */
export function traceMachines(names: string | null | undefined, print: (text: string) => void): void {
  const [isIn, isOut] = [isSelected(names, "tidewire:in"), isSelected(names, "tidewire:out")];
  if (!isIn && !isOut) return;
  const { machine } = platform;
  let count = 0;
  platform.machine = (options, loaded) => {
    const number = ++count;
    const hosts = new WeakMap<Host, Host>();
    const tracedHost = (host: Host): Host => {
      const known = hosts.get(host) || traced(host, (name, args) => print(line(`tidewire:out ${number}`, name, args)));
      hosts.set(host, known);
      return known;
    };
    const inner = traced(machine(options, loaded), (name, args) => {
      if (isIn && !GETTERS.test(name)) print(line(`tidewire:in ${number}`, name, args));
    });
    if (!isOut) return inner;
    return new Proxy(inner, {
      get: (target, name: keyof Machine) => (name === "poll" ? (host: Host) => target.poll(tracedHost(host)) : target[name]),
    });
  };
}

/** Returns whether the names select one of ours: `*` stands for any text, and a name after `-` is excluded. */
function isSelected(names: string | null | undefined, own: string): boolean {
  let selected = false;
  for (const name of (names || "").split(/[\s,]+/)) {
    const pattern = name
      .replace(/^-/, "")
      .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
      .replace(/\*/g, ".*");
    if (pattern && new RegExp(`^${pattern}$`).test(own)) {
      if (name[0] === "-") return false;
      selected = true;
    }
  }
  return selected;
}

/** Returns an object whose methods are told to `tell` before they are called. No event goes past a traced machine. */
function traced<T extends object>(object: T, tell: (name: string, args: unknown[]) => void): T {
  return new Proxy(object, {
    get(target, name) {
      if (name === "direct") return 0;
      return (...args: unknown[]) => {
        tell(String(name), args);
        return (target as Record<PropertyKey, (...args: unknown[]) => unknown>)[name]?.(...args);
      };
    },
  });
}

const line = (start: string, name: string, args: unknown[]) => [start, name, ...args.map((value) => shown(value))].join(" ");

/** Returns a value as text; objects of classes, such as agents, by their type only. */
function shown(value: unknown, depth = 0): string {
  if (depth > 5) return "…";
  if (typeof value === "string" || value instanceof Outgoing) return cut(String(value));
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `<${value.byteLength} bytes>`;
  if (Array.isArray(value)) return `[${value.map((item) => shown(item, depth + 1)).join(", ")}]`;
  if (!value || typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) return String(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields.map(([name, field]) => `${name}: ${shown(field, depth + 1)}`).join(", ")}}`;
}

const cut = (text: string) => (text.length > MOST ? `${text.slice(0, MOST)}… (${text.length})` : text);
