// What each mini-program host has, as far as it is documented or reported: one row of facts for each profile, each fact with its source. The
// imitation host does what the row says, and refuses everything else.

const WECHAT = "https://developers.weixin.qq.com/miniprogram/dev/framework/";
const COMMUNITY = "https://developers.weixin.qq.com/community/develop/doc/";
const RXDB = "https://github.com/aiao-io/rxdb (reports from devices)";
const ALIPAY = "https://github.com/AlipayDocs/open-docs (my.connectSocket, my.onSocketMessage, my.sendSocketMessage)";
const ALIPAY_TYPES = "https://www.npmjs.com/package/@mini-types/my";
const DOUYIN = "https://www.npmjs.com/package/@douyin-microapp/typings";
/** From third-party typings and adapters; the vendor's own documentation was not read. */
const UNVERIFIED = "unverified: third-party typings and adapters";

/** Facts of all hosts. A profile replaces some. */
const COMMON = {
  /** How sockets come: "tasks"; "global" events of one socket; or "multiple": tasks if that option is set, else global events. */
  sockets: ["tasks", WECHAT + "ability/network.html"],
  maxSockets: [5, WECHAT + "ability/network.html"],
  /** How bytes are sent and received: as an `ArrayBuffer`, or as base64 text with `isBuffer`. */
  bytes: ["buffer", WECHAT + "ability/network.html"],
  /** Whether a received message is nested once more in `data`. */
  isNested: [false, WECHAT + "ability/network.html"],
  /** The code in a close event: a "number", a "text" or "nothing". */
  closeCode: ["number", COMMUNITY + "000a0cbd84c480897c1e455105b800"],
  /** How a socket that was open in the background ends: its own close event on return, or only one global event. */
  backgroundEnd: ["own event", COMMUNITY + "000a0cbd84c480897c1e455105b800"],
  /** Network calls that fail after the application has come back. */
  failsAfterResume: [1, WECHAT + "runtime/operating-mechanism.html"],
  /** The program is destroyed this many milliseconds after the application is hidden. */
  destroyAfter: [1_800_000, WECHAT + "runtime/operating-mechanism.html"],
  /** JavaScript stops this many milliseconds after the application is hidden. */
  suspendAfter: [5000, WECHAT + "runtime/operating-mechanism.html"],
  /** Whether a trailing NUL of a text is lost. */
  dropsTrailingNul: [false, "https://www.npmjs.com/package/mp-websocket-polyfill"],
  /** The names in a request's options and response: `header` and `statusCode`, or `headers` and `status`. */
  requests: ["wx", WECHAT + "ability/network.html"],
  maxRequests: [10, WECHAT + "ability/network.html"],
  /** The global that loads WebAssembly files of the package. */
  wasm: [undefined, UNVERIFIED],
  /** Whether it loads files that are compressed by Brotli (`.wasm.br`), too. */
  wasmBrotli: [false, UNVERIFIED],
  /** Whether exports of the kind Global are missing. */
  dropsWasmGlobals: [false, WECHAT + "performance/wasm.html"],
  /** How promises call back: as a microtask, or by a timer. */
  promises: ["microtask", WECHAT + "runtime/js-support.html"],
  /** Globals of the language that are missing, beside those that no host has. */
  absent: [[], WECHAT + "runtime/js-support.html"],
  /** Globals of pages that exist nevertheless. */
  present: [[], WECHAT + "runtime/js-support.html"],
};

const WECHAT_WASM = { wasm: ["WXWebAssembly", WECHAT + "performance/wasm.html"], wasmBrotli: [true, WECHAT + "performance/wasm.html"] };
const ALIPAY_COMMON = {
  bytes: ["base64", ALIPAY],
  closeCode: ["nothing", ALIPAY_TYPES],
  requests: ["my", ALIPAY],
  failsAfterResume: [0, "not documented"],
  absent: [["BigInt", "globalThis"], RXDB],
};
const CLONE = { closeCode: ["number", UNVERIFIED], sockets: ["tasks", UNVERIFIED] };

const ROWS = {
  "wechat-android": { global: "wx", ...WECHAT_WASM },
  "wechat-ios": {
    global: "wx",
    ...WECHAT_WASM,
    backgroundEnd: ["one global event", COMMUNITY + "000e0a7c7c85003d13121165c6bc00"],
    dropsTrailingNul: [true, "https://www.npmjs.com/package/mp-websocket-polyfill"],
    dropsWasmGlobals: [true, WECHAT + "performance/wasm.html"],
    promises: ["timer", WECHAT + "runtime/js-support.html"],
    absent: [["BigInt"], COMMUNITY + "000e86126186a0f31ccea365356000"],
  },
  "wechat-devtools": {
    global: "wx",
    ...WECHAT_WASM,
    present: [["TextEncoder", "TextDecoder", "URL", "URLSearchParams"], "https://gist.github.com/xuxucode/c917fd9d"],
  },
  "alipay-multiple": { global: "my", ...ALIPAY_COMMON, sockets: ["multiple", ALIPAY_TYPES], isNested: [true, ALIPAY_TYPES] },
  "alipay-global": { global: "my", ...ALIPAY_COMMON, sockets: ["global", ALIPAY], maxSockets: [1, ALIPAY] },
  douyin: {
    global: "tt",
    closeCode: ["text", DOUYIN],
    wasm: ["TTWebAssembly", DOUYIN],
    wasmBrotli: [true, "https://developer.open-douyin.com (WebAssembly, 2.92.0.0)"],
    absent: [["globalThis", "atob", "btoa"], RXDB],
  },
  feishu: { global: "tt", sockets: ["tasks", "https://open.feishu.cn (connectSocket)"], closeCode: ["number", UNVERIFIED] },
  baidu: { global: "swan", ...CLONE },
  qq: { global: "qq", ...CLONE },
  kuaishou: { global: "ks", ...CLONE },
  jd: { global: "jd", closeCode: ["number", UNVERIFIED], sockets: ["global", UNVERIFIED], maxSockets: [1, UNVERIFIED] },
};

/** The profiles by name: the values of their facts. */
export const PROFILES = Object.fromEntries(
  Object.entries(ROWS).map(([name, { global, ...own }]) => {
    const facts = Object.entries({ ...COMMON, ...own });
    for (const [fact, [, source]] of facts)
      if (!(fact in COMMON) || !source) throw new Error(`${name}: the fact ${fact} is unknown or has no source`);
    return [name, { name, global, ...Object.fromEntries(facts.map(([fact, [value]]) => [fact, value])) }];
  }),
);
