/** The card of one namespace: its state, the form that sends, acks that the server waits for, and its peers. */

import type { Socket } from "tidewire";

import type { Connection } from "../connection/connection.js";
import { h, setText } from "../page/dom.js";
import { faultText, select } from "../page/fault.js";
import { text } from "../page/texts.js";
import { readable } from "../values/bytes.js";
import { parseValues } from "../values/json.js";
import { Composer } from "./composer.js";
import { PeersPanel } from "./peers.js";

/** Ack requests that are shown; the oldest is no longer offered. */
const MAX_REQUESTS = 20;

export class NamespaceCard {
  readonly composer: Composer;
  readonly element: HTMLElement;
  private readonly state = h("span", { class: "badge" });
  private readonly id = h("code", { class: "id" });
  private readonly toggle = h("button", { type: "button" });
  /** Why the server refuses the namespace. */
  private refusal = "";
  private readonly requests = h("div", { class: "requests" });

  constructor(
    connection: Connection,
    private readonly name: string,
    private readonly socket: Socket,
  ) {
    this.composer = new Composer(({ event, args, ack }) => {
      connection.send(name, event, args, ack);
      this.update();
    });
    const peers = new PeersPanel(connection, name, socket);
    this.element = h(
      "section",
      { class: "card namespace-card", "aria-label": name },
      h("div", { class: "card-head" }, h("h2", {}, name), this.state, this.toggle),
      this.id,
      this.requests,
      this.composer.element,
      peers.element,
    );
    this.toggle.addEventListener("click", () => {
      if (socket.active || socket.connected) socket.disconnect();
      else connection.connect(socket);
      this.update();
    });
    socket.onAny((event: string, ...args: unknown[]) => this.onEvent(event, args));
    socket.on("disconnect", () => this.requests.replaceChildren());
    socket.on("connect_error", ({ message }) => {
      // An error of the connection is told apart from the namespaces.
      if (!socket.active) this.refusal = text("ns.refusal", { message });
      this.update();
    });
    this.update();
  }

  update(): void {
    const { socket, name } = this;
    const state = socket.connected ? "connected" : socket.active ? "waiting" : "refused";
    const buffered = socket.sendBuffer.length;
    this.state.dataset.state = state;
    setText(this.state, text(`ns.${state}`) + (buffered ? `, ${text("ns.buffered", { count: buffered })}` : ""));
    const isOn = socket.active || socket.connected;
    if (isOn) this.refusal = "";
    setText(this.id, socket.connected ? socket.id || "" : this.refusal);
    setText(this.toggle, text(isOn ? "ns.disconnect" : "ns.connect"));
    this.toggle.setAttribute("aria-label", text(isOn ? "ns.disconnectThis" : "ns.connectThis", { namespace: name }));
  }

  private onEvent(event: string, args: unknown[]): void {
    const ack = args.at(-1);
    if (typeof ack !== "function") return;
    this.requests.prepend(request(event, args.slice(0, -1), ack as (...args: unknown[]) => void));
    while (this.requests.childElementCount > MAX_REQUESTS) this.requests.lastElementChild?.remove();
  }
}

/** A form that answers an event of the server, with its own arguments at first. */
function request(event: string, args: unknown[], ack: (...args: unknown[]) => void): HTMLFormElement {
  const field = h("input", { "aria-label": text("ns.replyArgs"), spellcheck: "false" });
  field.value = args.map((value) => JSON.stringify(readable(value))).join(", ");
  const fault = h("p", { class: "fault", role: "alert", hidden: true });
  const form = h(
    "form",
    { class: "request" },
    h("span", {}, text("ns.request", { event })),
    h("div", { class: "fields tight" }, field, h("button", { class: "primary" }, text("ns.reply"))),
    fault,
  );
  form.addEventListener("submit", (submitted) => {
    submitted.preventDefault();
    const { values, fault: found } = parseValues(field.value);
    if (values) {
      ack(...values);
      form.remove();
      return;
    }
    fault.hidden = false;
    fault.textContent = faultText(found);
    select(field, found);
  });
  return form;
}
