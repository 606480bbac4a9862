/** A recorded run, as `client-core/sim/src/recording.rs` writes it, and its rows: each moment of the run in order. */

export type Lane = "client" | "network" | "server";
export type Fate = "flying" | "arrived" | "lost" | "ignored";

export interface Recording {
  version: string;
  transports: string[];
  namespaces: string[];
  /** Milliseconds, as all times. The run begins at 1,000. */
  end: number;
  healed: number | null;
  law: string | null;
  hash: string;
  dropped: number;
  entries: RecordedEntry[];
}

type RecordedEntry =
  | [from: Lane, sent: number, arrives: number, kind: string, fate: Fate, link: number, text: string]
  | [lane: Lane | "app", at: number, text: string];

/** A message, with the rows of its beginning and its end. */
export interface Flight {
  from: Lane;
  to: Lane;
  fate: Fate;
  sentRow: number;
  endRow: number;
}

/** A moment of the run. */
export interface Row {
  time: number;
  lane: Lane;
  /** A message that leaves or ends, a fault, a command or event of the application, or the end of all faults. */
  type: "sent" | "ended" | "happened" | "app" | "healed";
  /** The kind of message, such as `frame`. */
  kind: string;
  text: string;
  link?: number;
  flight?: Flight;
}

/** Returns the moments of a run in the order of their time; of equal times, in that of their causes. */
export function rowsOf({ entries, healed }: Recording): Row[] {
  const ordered: { row: Row; order: number }[] = [];
  const flights: { flight: Flight; sent: Row; ended: Row }[] = [];
  entries.forEach((entry, index) => {
    if (entry.length === 3) {
      const [lane, time, text] = entry;
      ordered.push({
        row: { time, lane: lane === "app" ? "client" : lane, type: lane === "app" ? "app" : "happened", kind: "", text },
        order: index,
      });
      return;
    }
    const [from, sent, arrives, kind, fate, link, text] = entry;
    const flight: Flight = { from, to: from === "client" ? "server" : "client", fate, sentRow: 0, endRow: 0 };
    const begins: Row = { time: sent, lane: from, type: "sent", kind, text, link, flight };
    const ends: Row = { time: arrives, lane: fate === "lost" ? "network" : flight.to, type: "ended", kind, text, link, flight };
    ordered.push({ row: begins, order: index }, { row: ends, order: index });
    flights.push({ flight, sent: begins, ended: ends });
  });
  if (healed !== null) ordered.push({ row: { time: healed, lane: "network", type: "healed", kind: "", text: "" }, order: entries.length });
  ordered.sort((a, b) => a.row.time - b.row.time || a.order - b.order || Number(a.row.type === "ended") - Number(b.row.type === "ended"));
  const rows = ordered.map(({ row }) => row);
  const places = new Map(rows.map((row, index) => [row, index]));
  for (const { flight, sent, ended } of flights) {
    flight.sentRow = places.get(sent) as number;
    flight.endRow = places.get(ended) as number;
  }
  return rows;
}

/** Returns the row with this place among those of a time, or the last of them; without one at that time, the first row after it. */
export function rowAt(rows: Row[], time: number, step = 0): number {
  const found = rows.findIndex((row) => row.time >= time);
  if (found < 0) return Math.max(0, rows.length - 1);
  const same = rows.filter((row) => row.time === time).length;
  return found + Math.max(0, Math.min(step, same - 1));
}

/** Returns which of the rows at its time a row is, from 0. */
export const stepOf = (rows: Row[], row: number): number => row - rows.findIndex(({ time }) => time === rows[row]?.time);
