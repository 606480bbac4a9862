/** The scripts of server-testbed/faults, and the comments in their heads that say what an application sees. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(process.cwd(), "../../server-testbed/faults");

export const TRANSPORTS = {
  polling: ["polling"],
  websocket: ["websocket"],
  upgrade: ["polling", "websocket"],
};
export type Transport = keyof typeof TRANSPORTS;

const WORDS = ["nothing", "steady", "late", "reconnection", "anything"] as const;
/** The view of an application; the README of the folder explains the words. */
export type Sees = (typeof WORDS)[number];

const LAWS = ["delivery", "none", "twice", "reordered"] as const;
/** How events arrive; the README has these words, too. */
export type Law = (typeof LAWS)[number];

export interface Script {
  name: string;
  text: string;
  sees: Record<Transport, Sees>;
  /** Whether it runs when the client is connected, and not before. */
  beginsConnected: boolean;
  /** Whether the heartbeat and the client's timeout are short. */
  hasShortTimes: boolean;
  law: Record<Transport, Law>;
  /** Whether it takes its faults back by itself. */
  heals: boolean;
}

export const scripts = (): Script[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith(".faults"))
    .map((file) => read(file.replace(".faults", ""), readFileSync(join(FOLDER, file), "utf8")));

function read(name: string, text: string): Script {
  const lines = text.split("\n");
  const remark = (prefix: string) => lines.find((line) => line.startsWith(prefix))?.slice(prefix.length);
  const over = <Word extends string>(what: string, words: readonly Word[], initial?: Word): Record<Transport, Word> => {
    const of = (transport: Transport) => {
      const word = remark(`# ${what} over ${transport}: `) ?? remark(`# ${what}: `) ?? initial;
      if (!words.includes(word as Word)) throw new Error(`${name}: "# ${what}: ${word}" is not in the README`);
      return word as Word;
    };
    return { polling: of("polling"), websocket: of("websocket"), upgrade: of("upgrade") };
  };
  return {
    name,
    text,
    sees: over("sees", WORDS),
    beginsConnected: lines.includes("# begins: connected"),
    hasShortTimes: lines.includes("# times: short"),
    law: over("law", LAWS, "delivery"),
    heals: text.includes(": heal"),
  };
}
