/** Presence and messages from client to client, through the package's peers. */

import type { Socket } from "tidewire";
import { sign } from "tidewire/envelope";
import { Peers } from "tidewire/peers";

import type { Connection } from "../connection/connection.js";
import { h, setText } from "../page/dom.js";
import { faultText, select } from "../page/fault.js";
import { text } from "../page/texts.js";
import { parseJson } from "../values/json.js";

/** Members that are listed; the count has all. */
const MAX_LISTED = 100;

export class PeersPanel {
  readonly element: HTMLDetailsElement;
  private peers: Peers | undefined;
  private readonly app = h("input", { autocomplete: "off", spellcheck: "false", size: 10 });
  private readonly key = h("input", { type: "password", autocomplete: "off", size: 10 });
  private readonly toggle = h("button", {}, text("peers.start"));
  private readonly online = h("p", { class: "online", role: "status" });
  private readonly members = h("ul", { class: "members" });
  private readonly target = h("input", { autocomplete: "off", spellcheck: "false", placeholder: "/ptop#Nq2…" });
  private readonly payload = h("input", { value: '"hello"', autocomplete: "off", spellcheck: "false" });
  private readonly fault = h("p", { class: "fault", role: "alert", hidden: true });
  private readonly form = h("form", { class: "fields", hidden: true });

  constructor(
    private readonly connection: Connection,
    private readonly name: string,
    private readonly socket: Socket,
  ) {
    this.form.append(
      h("label", { class: "grow" }, text("peers.target"), this.target),
      h("label", { class: "grow" }, text("peers.payload"), this.payload),
      h("button", { class: "primary" }, text("peers.send")),
    );
    const setup = h(
      "form",
      { class: "fields" },
      h("label", {}, text("peers.app"), this.app),
      h("label", {}, text("peers.key"), this.key),
      this.toggle,
    );
    this.element = h(
      "details",
      { class: "peers" },
      h("summary", {}, text("peers")),
      h("p", { class: "hint" }, text("peers.lead")),
      setup,
      this.online,
      this.members,
      this.form,
      this.fault,
    );
    setup.addEventListener("submit", (submitted) => {
      submitted.preventDefault();
      if (this.peers) this.stop();
      else this.start();
    });
    this.form.addEventListener("submit", (submitted) => {
      submitted.preventDefault();
      void this.send();
    });
  }

  /** Peers must exist before the socket connects, to hear who is there: the namespace is connected again. */
  private start(): void {
    const { socket } = this;
    const app = this.app.value.trim();
    const key = this.key.value;
    socket.disconnect();
    const signed = { app, sign: (request: { app: string; timestamp: number }) => sign(request.app, key, request.timestamp) };
    this.peers = new Peers(socket, app ? signed : {});
    this.listen(this.peers);
    this.connection.connect(socket);
    this.toggle.textContent = text("peers.stop");
    this.target.placeholder = app ? text("peers.ids") : "/ptop#Nq2…";
    this.form.hidden = false;
    this.show();
  }

  private stop(): void {
    this.peers?.close();
    this.peers = undefined;
    this.toggle.textContent = text("peers.start");
    this.form.hidden = true;
    this.online.textContent = "";
    this.members.replaceChildren();
  }

  private listen(peers: Peers): void {
    const told = (what: string, args: unknown[] = []) => {
      this.connection.note({ kind: "event", name: `peers: ${what}`, namespace: this.name, args });
      this.show();
    };
    peers.on("join", (id) => told(text("peers.joined", { id })));
    peers.on("leave", (id) => told(text("peers.left", { id })));
    peers.on("denied", (payload) => told(text("peers.denied"), [payload]));
    peers.on("registered", (ids) => told(text("peers.registered", { id: ids.socketId }), [ids]));
    peers.on("message", (payload, { sender }) => {
      told(text("peers.message", { sender: sender || "?" }), [payload]);
      if (sender && !this.target.value) this.target.value = sender;
    });
    peers.on("error", (error) => this.connection.note({ kind: "problem", name: "peers", namespace: this.name, args: [error.message] }));
    this.socket.on("disconnect", () => this.show());
  }

  private show(): void {
    if (!this.peers) return;
    const { online } = this.peers;
    setText(this.online, text("peers.online", { count: online.length }));
    this.members.replaceChildren(...online.slice(0, MAX_LISTED).map((id) => h("li", {}, this.member(id))));
  }

  private member(id: string): HTMLButtonElement {
    const button = h("button", { type: "button", class: "quiet" }, id);
    button.addEventListener("click", () => {
      this.target.value = id;
      this.payload.focus();
    });
    return button;
  }

  private async send(): Promise<void> {
    const { value: payload, fault } = parseJson(this.payload.value);
    if (fault) {
      this.complain(faultText(fault));
      select(this.payload, fault);
      return;
    }
    const target = this.target.value.trim();
    if (!target) return this.complain(text("peers.noTarget"));
    const ids = target.startsWith("{") ? parseJson(target) : { value: target };
    if (ids.fault) {
      this.complain(faultText(ids.fault));
      return;
    }
    try {
      await this.peers?.send(ids.value as Parameters<Peers["send"]>[0], payload);
      this.complain("");
    } catch (error) {
      this.complain((error as Error).message);
    }
  }

  private complain(fault: string): void {
    this.fault.hidden = !fault;
    this.fault.textContent = fault;
  }
}
