/** The playground: joins the form, the connection, the cards of its namespaces and the timeline. */

import { Connection } from "../connection/connection.js";
import { at } from "../page/dom.js";
import { text } from "../page/texts.js";
import { TimelineView } from "../timeline/view.js";
import { readable } from "../values/bytes.js";
import { withoutSecrets } from "../values/settings.js";
import { isNamespace, type Target } from "../values/target.js";
import { ConnectForm } from "./form.js";
import { showStatus } from "./live.js";
import { NamespaceCard } from "./namespace.js";
import { ProblemBox } from "./problem.js";

let connection: Connection | undefined;
const cards = new Map<string, NamespaceCard>();
const problem = new ProblemBox();
const form = new ConnectForm(connect);
const timeline = new TimelineView(
  ({ namespace, name, args }) => cards.get(namespace)?.composer.edit(name, args.map((value) => JSON.stringify(readable(value))).join(", ")),
  () => ({ settings: withoutSecrets(form.settings), version: connection?.status.version }),
);

function connect(target: Target): void {
  connection?.close();
  problem.hide();
  cards.clear();
  at("namespaces").replaceChildren();
  at("live").hidden = false;
  const current: Connection = (connection = new Connection(target, {
    added: (entry) => timeline.add(entry),
    changed: (entry) => timeline.change(entry),
    status: () => current === connection && update(current),
    failed: (error) => current === connection && void problem.explain(target, error),
  }));
  current.start();
  update(current);
}

function update(current: Connection): void {
  showStatus(current.status);
  for (const [name, socket] of current.sockets) {
    if (cards.has(name)) continue;
    const card = new NamespaceCard(current, name, socket);
    cards.set(name, card);
    at("namespaces").append(card.element);
  }
  for (const card of cards.values()) card.update();
  timeline.setNamespaces([...current.sockets.keys()]);
  const { phase, hasOpened } = current.status;
  if (hasOpened) problem.hide();
  at<HTMLButtonElement>("disconnect").disabled = phase === "closed" || phase === "failed";
  at<HTMLButtonElement>("interrupt").disabled = phase !== "connected";
}

at("disconnect").addEventListener("click", () => {
  problem.hide();
  connection?.close();
});
at("interrupt").addEventListener("click", () => connection?.interrupt());
at<HTMLFormElement>("add-namespace").addEventListener("input", ({ target }) => (target as HTMLInputElement).setCustomValidity(""));
at<HTMLFormElement>("add-namespace").addEventListener("submit", (submitted) => {
  submitted.preventDefault();
  const field = (submitted.target as HTMLFormElement).elements.namedItem("name") as HTMLInputElement;
  const value = field.value.trim();
  if (!value || !connection) return;
  const name = value.startsWith("/") ? value : `/${value}`;
  field.setCustomValidity(isNamespace(name) ? "" : text("namespaces.bad", { value: name }));
  if (!field.reportValidity()) return;
  connection.addNamespace(name);
  cards.get(name)?.element.scrollIntoView({ block: "nearest" });
  field.value = "";
});
// The heartbeat and the strip tell the time.
setInterval(() => connection && showStatus(connection.status), 1000);
