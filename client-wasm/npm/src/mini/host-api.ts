/** The part of a mini-program host's API (`wx` and its sisters) that the adapters use. Every member may be missing. */

/** A text or an `ArrayBuffer`; hosts may wrap it, and Alipay sends base64 in place of bytes. */
export interface HostMessage {
  data?: unknown;
  isBuffer?: boolean;
}

export interface HostClose {
  code?: number | string;
  reason?: string;
}

export interface HostOpen {
  header?: Record<string, unknown>;
}

type Listener<T> = (event: T) => void;

/** A WebSocket of the host. */
export interface SocketTask {
  send(options: { data: string | ArrayBuffer; isBuffer?: boolean; success?: () => void; fail?: (error: unknown) => void }): unknown;
  close(options: { code?: number; reason?: string; success?: () => void; fail?: (error: unknown) => void }): unknown;
  onOpen(listener: Listener<HostOpen | undefined>): unknown;
  onMessage(listener: Listener<HostMessage>): unknown;
  onClose(listener: Listener<HostClose | undefined>): unknown;
  onError(listener: Listener<unknown>): unknown;
}

export interface ConnectOptions {
  url: string;
  header?: Record<string, string> | undefined;
  headers?: Record<string, string> | undefined;
  protocols?: string[] | undefined;
  /** Alipay: a socket of its own in place of the only one. */
  multiple?: boolean;
  success: () => void;
  fail: (error: unknown) => void;
}

/** `wx` names the status `statusCode` and the headers `header`, `my` names them `status` and `headers`. */
export interface HostResponse {
  data?: unknown;
  statusCode?: number | string;
  status?: number | string;
  header?: Record<string, unknown>;
  headers?: Record<string, unknown>;
  cookies?: unknown;
}

export interface RequestOptions {
  url: string;
  method: "GET" | "POST";
  data?: string | undefined;
  header?: Record<string, string>;
  headers?: Record<string, string>;
  dataType: string;
  responseType: string;
  /** Milliseconds. */
  timeout: number;
  success: (response: HostResponse) => void;
  fail: (error: unknown) => void;
}

export interface NetworkStatus {
  isConnected?: boolean;
  networkType?: string;
}

export interface HostApi {
  /** Returns a task. JD and old versions of Alipay have one socket, whose events are global; Taro returns a promise of a task. */
  connectSocket?(options: ConnectOptions): unknown;
  sendSocketMessage?: SocketTask["send"];
  closeSocket?: SocketTask["close"];
  onSocketOpen?: SocketTask["onOpen"];
  onSocketMessage?: SocketTask["onMessage"];
  onSocketClose?: SocketTask["onClose"];
  onSocketError?: SocketTask["onError"];
  request?(options: RequestOptions): unknown;
  onAppShow?(listener: () => void): unknown;
  onAppHide?(listener: () => void): unknown;
  onNetworkStatusChange?(listener: (status: NetworkStatus) => void): unknown;
}

/** The loader of WebAssembly files of the package. */
export interface HostWasm {
  instantiate(path: string, imports: object): unknown;
}
