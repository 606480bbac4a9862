// Runs the scenarios of test/servers in a runtime that is not a browser: `runtime.js <url> <engineVersion> <transports>`.

import process from "node:process";

import * as scenarios from "../../test/servers/scenarios.ts";
import { io } from "tidewire";
import { runAll } from "./scenarios.js";

const [url, engineVersion, transports] = process.argv.slice(2);

runAll({ scenarios, io, url, engineVersion, transports: transports.split(",") }).then(
  (result) => {
    console.log(result);
    process.exit(0);
  },
  (error) => {
    console.log(String(error));
    process.exit(1);
  },
);
