/** The event emitter, with component-emitter's semantics: changes that a listener makes take effect at the next event. */

/** Names of events and the types of their listeners. */
export interface EventsMap {
  [event: string]: any;
}

/** Any event, with any arguments. */
export interface DefaultEventsMap {
  [event: string]: (...args: any[]) => void;
}

export type EventNames<Map extends EventsMap> = keyof Map & (string | symbol);
export type EventParams<Map extends EventsMap, Ev extends EventNames<Map>> = Parameters<Map[Ev]>;
export type ReservedOrUserEventNames<Reserved extends EventsMap, User extends EventsMap> = EventNames<Reserved> | EventNames<User>;
export type ReservedOrUserListener<
  Reserved extends EventsMap,
  User extends EventsMap,
  Ev extends ReservedOrUserEventNames<Reserved, User>,
> = FallbackToUntypedListener<Ev extends EventNames<Reserved> ? Reserved[Ev] : Ev extends EventNames<User> ? User[Ev] : never>;
/** Gives listeners of a generic event map a type (microsoft/TypeScript#41778). */
type FallbackToUntypedListener<T> = [T] extends [never] ? (...args: any[]) => void | Promise<void> : T;

/** Beyond component-emitter: options of `on` and `once`. */
export interface ListenOptions {
  /** Removes the listener when aborted. */
  signal?: AbortSignal;
}

type Listener = ((...args: any[]) => unknown) & { fn?: Listener };

export class Emitter<ListenEvents extends EventsMap, EmitEvents extends EventsMap, ReservedEvents extends EventsMap = {}> {
  protected _callbacks: Map<string, Listener[]> | undefined;

  /** A listener is about to be added. */
  protected _onListen?(event: string): void;

  /** `on` and `off`, by their names in the DOM and in Node. */
  declare addEventListener: this["on"];
  declare removeListener: this["off"];
  declare removeEventListener: this["off"];
  declare removeAllListeners: <Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(event?: Ev) => this;

  on<Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    event: Ev,
    listener: ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>,
    options?: ListenOptions,
  ): this {
    if (this._onListen) this._onListen(event as string);
    const callbacks = (this._callbacks = this._callbacks || new Map());
    const signal = options && options.signal;
    if (signal) {
      if (signal.aborted) return this;
      signal.addEventListener("abort", () => this.off(event, listener), { once: true });
    }
    const name = key(event);
    const listeners = callbacks.get(name);
    if (listeners) listeners.push(listener as Listener);
    else callbacks.set(name, [listener as Listener]);
    return this;
  }

  once<Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    event: Ev,
    listener: ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>,
    options?: ListenOptions,
  ): this {
    const self = this;
    const once = function (this: unknown, ...args: unknown[]) {
      self.off(event, once as typeof listener);
      (listener as Listener).apply(this, args);
    };
    once.fn = listener as Listener;
    return this.on(event, once as typeof listener, options);
  }

  off<Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    event?: Ev,
    listener?: ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>,
  ): this {
    const callbacks = this._callbacks;
    if (!arguments.length) {
      this._callbacks = undefined;
    } else if (callbacks) {
      const name = key(event);
      const listeners = callbacks.get(name) || [];
      const at = listeners.findIndex((own) => own === listener || own.fn === listener);
      if (at >= 0) listeners.splice(at, 1);
      if (arguments.length < 2 || !listeners.length) callbacks.delete(name);
    }
    return this;
  }

  emit<Ev extends EventNames<EmitEvents>>(event: Ev, ...args: EventParams<EmitEvents, Ev>): this {
    return this._emitLocal(event as string, ...args);
  }

  /** Like `emit` of this class: the one of a socket sends. */
  declare protected emitReserved: <Ev extends EventNames<ReservedEvents>>(event: Ev, ...args: EventParams<ReservedEvents, Ev>) => this;

  /** Returns the array of listeners itself, not a copy. */
  listeners<Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(
    event: Ev,
  ): ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>[] {
    return ((this._callbacks && this._callbacks.get(key(event))) || []) as ReservedOrUserListener<ReservedEvents, ListenEvents, Ev>[];
  }

  hasListeners<Ev extends ReservedOrUserEventNames<ReservedEvents, ListenEvents>>(event: Ev): boolean {
    return !!this.listeners(event).length;
  }

  /** Calls the listeners of an event; the `emit` of a socket sends instead. */
  _emitLocal(event: string, ...args: unknown[]): this {
    return this._emitArray([event, ...args]);
  }

  /** Calls the listeners of an event, which is in one array with its arguments. */
  _emitArray(event: unknown[]): this {
    const listeners = this._callbacks && this._callbacks.get(key(event[0]));
    if (!listeners) return this;
    const { length } = event;
    // Most events have one listener and one argument, perhaps with the function to acknowledge it.
    if (listeners.length !== 1 || length < 2 || length > 3) for (const listener of listeners.slice()) listener.apply(this, event.slice(1));
    else if (length < 3) (listeners[0] as Listener).call(this, event[1]);
    else (listeners[0] as Listener).call(this, event[1], event[2]);
    return this;
  }
}

const own = Emitter.prototype;
own.addEventListener = own.on;
(own as any).emitReserved = own.emit;
own.removeListener = own.removeEventListener = own.removeAllListeners = own.off;
// Vue makes no proxies of objects with this mark (its `markRaw`): WebSockets do not work through them.
(own as any)["__v_skip"] = true;

/** A name that is a number is equal to its text. */
const key = (event: unknown) => "" + (event as string);
