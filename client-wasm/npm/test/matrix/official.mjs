// The official client, in a conversation with a server: `node official.mjs '{"major": 4, "url": ..., "transports": [...], "steps": [...]}'`.

import { createRequire } from "node:module";
import { join } from "node:path";
import { PEERS } from "../../packaging/programs.mjs";
import { converse } from "./app/conversation.js";

const { major, ...cell } = JSON.parse(process.argv[2]);
const io = createRequire(join(PEERS, "x.js"))(`socket.io-client-${major}`);
await converse({ io: io.io || io }, { ...cell, begin: (name) => console.log(`step ${name}`), cut: () => console.log("cut") });
process.exit(0);
