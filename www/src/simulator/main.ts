/** The simulator: runs a seed in wasm, and lets the user step through it and add faults. */

// @ts-expect-error Made by `cargo xtask site`; its two functions are typed below.
import * as bindings from "simulator";

import { at, h, setText } from "../page/dom.js";
import { type TextKey, text } from "../page/texts.js";
import { describe, draw, SHOWN, seconds } from "./diagram.js";
import { type Recording, type Row, rowAt, rowsOf, stepOf } from "./recording.js";
import { isSeed, readState, type State, seedOf, writeState } from "./state.js";

const { default: load, run } = bindings as {
  default: (options: { module_or_path: string }) => Promise<unknown>;
  run: (seed: string, faults: string) => string;
};

/** Milliseconds between two rows while the run plays. */
const PLAY = 400;

const slider = at<HTMLInputElement>("position");
const diagram = document.getElementById("diagram") as unknown as SVGSVGElement;
let loaded: Promise<unknown> | undefined;
let state: State = { seed: "13", faults: [], at: 0, step: 0 };
let rows: Row[] = [];
/** When all faults end, in milliseconds. */
let healed = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** Runs the state, and shows it at its time. The simulation is loaded with the first run. */
async function start(next: State): Promise<void> {
  state = next;
  at<HTMLInputElement>("seed").value = state.seed;
  checkSeed(state.seed);
  stop();
  try {
    setText(at("summary"), text("sim.running"));
    loaded ||= load({ module_or_path: at("diagram").dataset.wasm as string });
    await loaded;
    show(JSON.parse(run(state.seed, state.faults.join(","))) as Recording);
  } catch (error) {
    loaded = undefined;
    setText(at("summary"), text("sim.failed", { message: (error as Error).message }));
  }
}

function show(recording: Recording): void {
  rows = rowsOf(recording);
  healed = recording.healed ?? recording.end;
  at("run").hidden = false;
  slider.max = String(Math.max(0, rows.length - 1));
  const { version, transports, namespaces, end, law, hash } = recording;
  const verdict = law === null ? text("sim.lawful") : text("sim.broken", { law });
  const about = {
    version,
    transports: transports.join(", "),
    namespaces: namespaces.join(" "),
    seconds: Math.round(end / 1000),
    count: rows.length,
    hash,
  };
  setText(at("summary"), `${text("sim.summary", about)} ${verdict}`);
  at("summary").dataset.lawful = String(law === null);
  showFaults();
  moveTo(rowAt(rows, state.at, state.step));
}

function moveTo(row: number): void {
  const position = Math.max(0, Math.min(row, rows.length - 1));
  slider.value = String(position);
  const current = rows[position];
  if (!current) return;
  state.at = current.time;
  state.step = stepOf(rows, position);
  history.replaceState(null, "", writeState(state));
  draw(diagram, rows, position);
  const spoken = `${seconds(current.time)}, ${text(`sim.${current.lane}`)}: ${describe(current)}`;
  setText(at("moment"), spoken);
  slider.setAttribute("aria-valuetext", spoken);
  at<HTMLButtonElement>("add-fault").disabled = current.time >= healed;
  at("add-fault").textContent = text("sim.addAt", { time: seconds(current.time) });
}

/** Starts the run that the address names, if it names one. */
function startFromAddress(): Promise<void> | undefined {
  const next = readState(location.hash);
  const seed = next?.seed ?? seedOf(location.hash);
  if (seed === undefined) return undefined;
  at<HTMLInputElement>("seed").value = seed;
  return checkSeed(seed) && next ? start(next) : undefined;
}

/** Says at the field if a text is no seed. */
function checkSeed(seed: string): boolean {
  const isGood = isSeed(seed);
  at("seed").setAttribute("aria-invalid", String(!isGood));
  at("seed-problem").hidden = isGood;
  setText(at("seed-problem"), isGood ? "" : text("sim.badSeed"));
  return isGood;
}

function showFaults(): void {
  const chips = state.faults.map((fault) => {
    const [time, name] = fault.split(":") as [string, string];
    const shown = `${text(`fault.${name}` as TextKey)}, ${seconds(Number(time))}`;
    const button = h("button", { type: "button", class: "quiet", "aria-label": text("sim.remove", { fault: shown }) }, `${shown} ✕`);
    button.addEventListener("click", () => void start({ ...state, faults: state.faults.filter((one) => one !== fault) }));
    return h("li", {}, button);
  });
  at("faults").replaceChildren(...chips);
}

function stop(): void {
  clearInterval(timer);
  timer = undefined;
  at("play").setAttribute("aria-pressed", "false");
}

function play(): void {
  if (timer !== undefined) {
    stop();
    return;
  }
  at("play").setAttribute("aria-pressed", "true");
  timer = setInterval(() => {
    moveTo(Number(slider.value) + 1);
    if (Number(slider.value) >= rows.length - 1) stop();
  }, PLAY);
}

at("seed-form").addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  const seed = at<HTMLInputElement>("seed").value.trim();
  if (checkSeed(seed)) void start({ seed, faults: [], at: 0, step: 0 });
});
at("random").addEventListener("click", () => void start({ seed: String(crypto.getRandomValues(new Uint32Array(1))[0]), faults: [], at: 0, step: 0 }));
at("fault-form").addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  const name = at<HTMLSelectElement>("fault").value;
  const fault = `${state.at}:${name}`;
  if (!state.faults.includes(fault)) void start({ ...state, faults: [...state.faults, fault] });
});
slider.addEventListener("input", () => moveTo(Number(slider.value)));
at("play").addEventListener("click", play);
for (const [id, step] of Object.entries({ first: -1e9, previous: -1, next: 1, last: 1e9, "page-back": -SHOWN, "page-on": SHOWN })) {
  at(id).addEventListener("click", () => moveTo(Number(slider.value) + step));
}
addEventListener("resize", () => rows.length && moveTo(Number(slider.value)));
addEventListener("hashchange", () => void startFromAddress()?.then(() => at("run").scrollIntoView({ block: "nearest" })));
void startFromAddress();
