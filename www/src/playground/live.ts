/** The status line, and the strip that shows the past of the connection. */

import type { Status } from "../connection/status.js";
import { at, h, setText } from "../page/dom.js";
import { text } from "../page/texts.js";

/** The shortest phase is drawn as one of so many milliseconds. */
const MIN_PART = 300;

/** Writes the status into the page. Called at each news, and once a second for the heartbeat. */
export function showStatus(status: Status): void {
  const { phase, attempts, version, roundTrip, received, sent, reconnects } = status;
  const state = at("phase");
  state.dataset.phase = phase;
  setText(state, text(`phase.${phase}`, { attempt: attempts }));
  setText(at("version"), version ? text(`version.${version}`) : "–");
  setText(at("transport"), status.upgrading ? text("upgrading", { from: status.transport, to: status.upgrading }) : status.transport || "–");
  setText(at("round-trip"), roundTrip ? text(`roundTrip.${roundTrip.by}`, { ms: roundTrip.milliseconds }) : "–");
  setText(at("heartbeat"), heartbeat(status));
  const again = reconnects ? `, ${text("reconnects", { count: reconnects })}` : "";
  setText(at("messages"), text("messages", { in: received, out: sent }) + again);
  setText(at("sid"), status.sid || "–");
  showPast(status);
}

function heartbeat({ heartbeat, pingInterval, phase }: Status): string {
  if (pingInterval === undefined || phase !== "connected") return "–";
  const every = pingInterval / 1000;
  return heartbeat === undefined
    ? text("heartbeat.waiting", { every })
    : text("heartbeat.ago", { ago: Math.round((Date.now() - heartbeat) / 1000), every });
}

/** Each phase is as wide as it was long, within limits. */
function showPast({ past }: Status): void {
  const strip = at("strip");
  past.forEach(({ phase, since }, index) => {
    const end = past[index + 1]?.since ?? Date.now();
    const part = (strip.children[index] as HTMLElement | undefined) || strip.appendChild(h("span"));
    part.dataset.phase = phase;
    part.style.flexGrow = String(Math.max(MIN_PART, end - since));
  });
  while (strip.childElementCount > past.length) strip.lastElementChild?.remove();
}
