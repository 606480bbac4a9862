/** Draws a part of a run as a sequence diagram: client, network and server as lines, time from top to bottom. */

import { text } from "../page/texts.js";
import type { Flight, Lane, Row } from "./recording.js";

const SVG = "http://www.w3.org/2000/svg";
const ROW = 26;
const HEAD = 30;
/** The place for the times. */
const LEFT = 74;
const CHARACTER = 6.9;

/** The rows that a diagram shows. */
export const SHOWN = 22;

/** Draws the rows around `current` into `svg`. */
export function draw(svg: SVGSVGElement, rows: Row[], current: number): void {
  const width = Math.max(300, svg.clientWidth);
  const height = HEAD + SHOWN * ROW + 8;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("height", String(height));
  const first = Math.max(0, Math.min(current - Math.floor(SHOWN / 2), rows.length - SHOWN));
  const x = { client: LEFT + 20, network: LEFT + (width - LEFT) / 2, server: width - 28 };
  const y = (row: number) => HEAD + (row - first) * ROW + ROW / 2;
  const shown = rows.slice(first, first + SHOWN);
  const flights = new Set(shown.flatMap(({ flight }) => (flight ? [flight] : [])));
  svg.replaceChildren(
    mark("rect", { class: "current", x: 0, y: y(current) - ROW / 2, width, height: ROW }),
    ...(Object.keys(x) as Lane[]).flatMap((lane) => lifeline(lane, x[lane], height, width)),
    ...[...flights].flatMap((flight) => arrow(flight, x, y)),
    ...shown.flatMap((row, index) => label(row, x, y(first + index), width, first + index === current)),
    mark("rect", { class: "head", x: 0, y: 0, width, height: HEAD - 6 }),
    ...(Object.keys(x) as Lane[]).map((lane) => heading(lane, x[lane])),
  );
}

function lifeline(lane: Lane, x: number, height: number, _width: number): SVGElement[] {
  return [mark("line", { class: `lifeline ${lane}`, x1: x, x2: x, y1: HEAD - 6, y2: height })];
}

function heading(lane: Lane, x: number): SVGElement {
  return mark(
    "text",
    {
      class: "heading",
      x,
      y: 17,
      "text-anchor": lane === "server" ? "end" : lane === "client" ? "start" : "middle",
      dx: lane === "server" ? 20 : lane === "client" ? -18 : 0,
    },
    text(`sim.${lane}`),
  );
}

/** A message: to its receiver, or to the cross where it got lost. */
function arrow({ from, to, fate, sentRow, endRow }: Flight, x: Record<Lane, number>, y: (row: number) => number): SVGElement[] {
  const end = fate === "lost" ? x.network : x[to];
  const [x1, y1, x2, y2] = [x[from], y(sentRow), end, y(endRow)];
  const line = mark("line", { class: `flight ${fate}`, x1, y1, x2, y2 });
  if (fate === "lost") return [line, mark("text", { class: "cross", x: x2, y: y2 + 5, "text-anchor": "middle" }, "✕")];
  const angle = (Math.atan2(y2 - y1, x2 - x1) * 180) / Math.PI;
  return [line, mark("path", { class: `tip ${fate}`, d: "M0 0L-9 -4.5V4.5Z", transform: `translate(${x2} ${y2}) rotate(${angle.toFixed(1)})` })];
}

function label(row: Row, x: Record<Lane, number>, y: number, width: number, isCurrent: boolean): SVGElement[] {
  const most = Math.max(8, Math.floor((width - LEFT - 80) / CHARACTER));
  const full = row.type === "ended" && row.flight?.fate === "arrived" ? "" : describe(row);
  const content = full.length > most ? `${full.slice(0, most - 1)}…` : full;
  const [anchor, dx] = row.lane === "server" ? ["end", -12] : row.lane === "client" ? ["start", 12] : ["middle", 0];
  return [
    mark("text", { class: "time", x: LEFT - 8, y: y + 4, "text-anchor": "end" }, seconds(row.time)),
    mark("circle", { class: `dot ${row.type}`, cx: x[row.lane], cy: y, r: isCurrent ? 5 : 3.5 }),
    mark("text", { class: `label ${row.type}`, x: x[row.lane] + (dx as number), y: y - 3, "text-anchor": anchor as string }, content),
  ];
}

/** Returns a row as a sentence. */
export function describe({ type, kind, text: content, flight }: Row): string {
  if (type === "healed") return text("sim.healed");
  if (type === "sent") return `${kind} ${content}`.trim();
  if (type !== "ended") return content;
  const fate = flight?.fate === "lost" ? "sim.lost" : flight?.fate === "ignored" ? "sim.ignored" : "sim.arrived";
  return text(fate, { what: `${kind} ${content}`.trim() });
}

/** Long times have fewer digits behind the point, so that all have a place. */
export const seconds = (time: number) => `${(time / 1000).toFixed(time < 10_000_000 ? 3 : 1)} s`;

function mark(tag: string, attributes: Record<string, string | number>, content?: string): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  if (content !== undefined) element.textContent = content;
  return element;
}
