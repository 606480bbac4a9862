// Presence and messages from client to client in the playground: by egg-socket.io's rules, and by those of mobile-sdk with signatures.

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { startRedis } from "../../../client-wasm/npm/packaging/servers.mjs";
import { atEnd, open, openBrowser, Playground, shows, startSite } from "./world.mjs";

/** The application of mobile-sdk's servers, and its key. The peer has them in its source. */
const APP = "signatureApp";
const KEY = "0123456789abcdef0123456789abcdef";

let browser;
let redis;
before(async () => {
  browser = await openBrowser();
  // egg tells a denial only with it.
  redis = await startRedis();
  atEnd(redis.stop);
});

/** Opens the site in a page. */
async function enter(url) {
  const { page, close } = await open(browser, url);
  return { page, close, playground: new Playground(page) };
}

/** Connects a namespace and starts its peers, with the fields of the panel by their labels. Returns its card. */
async function start(playground, namespace, settings, fields = {}) {
  await playground.connect({ namespaces: namespace, transports: "websocket", ...settings });
  await playground.connected(namespace);
  const card = playground.card(namespace);
  await card.getByText("Peers (egg-socket.io, mobile-sdk)").click();
  for (const [label, value] of Object.entries(fields)) await card.getByLabel(label).fill(value);
  await card.getByRole("button", { name: "Start" }).click();
  return card;
}

const exchange = (card) => card.getByRole("button", { name: "Exchange" }).click();

for (const name of ["egg", "socketio2", "socketio4", "testbed"]) {
  test(`${name}: shows who is online in /ptop, and exchanges messages`, async () => {
    const { url } = await startSite(name, { REDIS_PORT: redis.port });
    const [anns, bobs] = [await enter(url), await enter(url)];
    const query = (userId) => ({ query: JSON.stringify({ room: "site", userId }) });
    const ann = await start(anns.playground, "/ptop", query("ann"));
    const bob = await start(bobs.playground, "/ptop", query("bob"));
    await ann.getByText("1 others online").waitFor();
    await bob.getByText("1 others online").waitFor();
    await exchange(ann);
    await ann.getByText("Choose or enter the id of a client.").waitFor();
    await bob.locator(".members button").click();
    await bob.getByLabel("Payload").fill('{"text": "hello ann"');
    await exchange(bob);
    await bob.getByText("the input ends").waitFor();
    await bob.getByLabel("Payload").fill('{"text": "hello ann"}');
    await exchange(bob);
    await anns.playground.line("message from", "hello ann");
    // The sender of a message is the next target.
    await exchange(ann);
    await bobs.playground.line("message from", "hello");
    await bobs.close();
    await ann.getByText("0 others online").waitFor();
    await shows(() => anns.page.locator(".members button").count(), 0);
    await ann.getByRole("button", { name: "Stop" }).click();
    await ann.getByText("others online").waitFor({ state: "detached" });
    await anns.close();
  });

  test(`${name}: tells a denial by the server of /ptop`, async () => {
    const { url } = await startSite(name, { REDIS_PORT: redis.port });
    const { playground, close } = await enter(url);
    await playground.connect({ namespaces: "/ptop", query: '{"room": "gone", "userId": "ann"}', transports: "websocket", reconnection: false });
    const card = playground.card("/ptop");
    await card.getByText("Peers (egg-socket.io, mobile-sdk)").click();
    await card.getByRole("button", { name: "Start" }).click();
    await playground.line("denied by the server", "room has been deleted");
    await close();
  });
}

for (const [name, options] of [["seeds/mobile-sdk"], ["testbed", ["--app", `${APP}=${KEY}`]]]) {
  test(`${name}: registers with mobile-sdk, and sends signed messages`, async () => {
    const { url } = await startSite(name, {}, options);
    const [anns, bobs] = [await enter(url), await enter(url)];
    const fields = { App: APP, Key: KEY };
    const ann = await start(anns.playground, "/", {}, fields);
    await start(bobs.playground, "/", {}, fields);
    const registered = await bobs.playground.line("registered as");
    const [ids] = JSON.parse((await bobs.playground.forms(registered))[0]);
    assert.deepEqual(Object.keys(ids).sort(), ["socketId", "userId"]);
    await anns.playground.line("registered as");
    await ann.getByLabel("To", { exact: true }).fill(ids.socketId);
    await exchange(ann);
    await ann.getByText("a mobile-sdk server needs").waitFor();
    await ann.getByLabel("To", { exact: true }).fill('{"socketId" "x"}');
    await exchange(ann);
    await ann.getByText('Line 1, column 13: found “"”. Expected: a colon.').waitFor();
    await ann.getByLabel("To", { exact: true }).fill(JSON.stringify(ids));
    await ann.getByLabel("Payload").fill('{"text": "héllo bob"}');
    await exchange(ann);
    const sent = await anns.playground.line("→", "requestMessage");
    const [, { meta }] = JSON.parse(/\[.*\]/s.exec((await anns.playground.forms(sent))[1])[0]);
    assert.match(meta.sign, /^[0-9a-f]{32}$/);
    await bobs.playground.line("message from", "héllo bob");
    await Promise.all([anns.close(), bobs.close()]);
  });

  test(`${name}: a signature with another key is denied`, async () => {
    const { url } = await startSite(name, {}, options);
    const { playground, close } = await enter(url);
    const card = await start(playground, "/", { reconnection: false }, { App: APP, Key: "another key" });
    const registered = await playground.line("registered as");
    const [ids] = JSON.parse((await playground.forms(registered))[0]);
    await card.getByLabel("To", { exact: true }).fill(JSON.stringify(ids));
    await exchange(card);
    await playground.line("denied by the server", "Illegal signature");
    await card.getByText("not connected", { exact: true }).waitFor();
    await close();
  });
}
