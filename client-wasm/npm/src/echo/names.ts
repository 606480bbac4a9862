/** Names of channels and events. The rules are those of the crate `tidewire-core::echo`, and the vectors are the same. */

/** The kind of a channel: anybody may join, or Laravel is asked who may, or its members also know each other. */
export type ChannelKind = "public" | "private" | "presence";

/** The prefixes of the names. */
const PREFIX = { public: "", private: "private-", presence: "presence-" };

/** The most characters of a name, as in Pusher's protocol. */
const LIMIT = 200;

/** The event of a notification, by its full name. */
export const NOTIFICATION = ".Illuminate\\Notifications\\Events\\BroadcastNotificationCreated";

/**
 * Returns the full name of a channel: the prefix of the kind, then `name`.
 *
 * Throws a `TypeError` if it is not a string, is empty, has more than 200 characters, or has a control character.
 */
export function channelName(kind: ChannelKind, name: string): string {
  if (typeof name !== "string") throw new TypeError("the name of a channel is not a string");
  const full = PREFIX[kind] + name;
  const characters = Array.from(full);
  if (!name) throw new TypeError("the name of a channel is empty");
  if (characters.length > LIMIT) throw new TypeError("the name of a channel has more than 200 characters");
  if (characters.some(isControl)) throw new TypeError("the name of a channel has a control character, such as a line break");
  return full;
}

function isControl(character: string): boolean {
  const code = character.charCodeAt(0);
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

/** Returns the kind of a channel, by its prefix. */
export function kindOf(channel: string): ChannelKind {
  if (channel.startsWith(PREFIX.presence)) return "presence";
  return channel.startsWith(PREFIX.private) ? "private" : "public";
}

/** Returns whether the server asks Laravel before it accepts a client. laravel-echo-server looks for the prefixes anywhere in the name. */
export const isAuthorized = (channel: string): boolean => channel.includes(PREFIX.private) || channel.includes(PREFIX.presence);

/** Returns the name of an event on the wire. A leading `.` or `\` makes it verbatim; others get the namespace, and `\` for each `.`. */
export function eventName(namespace: string | false | null | undefined, event: string): string {
  if (event[0] === "." || event[0] === "\\") return event.slice(1);
  return (namespace ? `${namespace}.${event}` : event).replace(/\./g, "\\");
}

/** Returns the name of a whisper on the wire. */
export const whisperName = (name: string): string => `client-${name}`;
