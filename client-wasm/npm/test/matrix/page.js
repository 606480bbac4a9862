// The page of the table: runs the conversation over the site, which forwards it to the server.

import { io } from "tidewire";

import { converse } from "./app/conversation.js";

globalThis.converse = (transports, steps, version) =>
  converse(io, { url: location.origin, transports, steps, options: version ? { engineVersion: version } : {}, begin: globalThis.begin, cut: globalThis.cut });
