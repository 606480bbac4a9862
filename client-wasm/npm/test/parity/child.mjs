// Runs the behaviours with one client ("reference", or a bundle of tidewire) and prints the log of each as a line of JSON.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { references, Stage } from "./stage.mjs";

const [client, major, wanted] = process.argv.slice(2);
const here = import.meta.dirname;
const lib = client === "reference" ? await references[major]() : await import(pathToFileURL(client).href);

/** Time limit of a behaviour in milliseconds. Two of the reference hang, and wait for it. */
const LIMIT = 20_000;

async function run(behaviour) {
  const stage = new Stage(lib);
  const thrown = (error) => stage.log("uncaught:", error);
  process.on("uncaughtException", thrown);
  let timer;
  try {
    await Promise.race([behaviour(stage), new Promise((_, reject) => (timer = setTimeout(reject, LIMIT, new Error("timed out"))))]);
  } catch (error) {
    stage.log("failed:", error);
  }
  clearTimeout(timer);
  await stage.clear();
  process.off("uncaughtException", thrown);
  return stage.lines;
}

const directory = join(here, major === "2" ? "behaviours-2" : "behaviours");
for (const file of readdirSync(directory).sort()) {
  const { default: behaviours } = await import(pathToFileURL(join(directory, file)).href);
  for (const [title, behaviour] of Object.entries(behaviours)) {
    const name = `${major === "2" ? "2.x " : ""}${file.replace(".mjs", "")}: ${title}`;
    if (!name.includes(wanted)) continue;
    console.log(JSON.stringify({ name, log: await run(behaviour) }));
  }
}
process.exit(0);
