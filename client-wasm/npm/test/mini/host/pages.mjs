// Pages of a program: what it gives to `Page` and `App`, with `setData` and its rules. Their look is not imitated.
// Source: https://developers.weixin.qq.com/miniprogram/dev/reference/api/Page.html

/** One data path: `list[3].name` is the keys `list`, 3 and `name`. */
const keysOf = (path) => path.split(/[.[\]]+/).filter(Boolean);

/** Returns a copy as the page's other thread receives it. Throws what is refused there: a function, and `undefined`. */
function transferred(value, path, refuse) {
  if (value === undefined || typeof value === "function") refuse(`setData: the data field ${path} is ${typeof value}`);
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((item, at) => transferred(item, `${path}[${at}]`, refuse));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, transferred(item, `${path}.${key}`, refuse)]));
}

/** An open page. `call(name, event)` is a touch of the user, `data` what the page shows. */
export class MiniPage {
  /** The data as it was sent to the page, apart from that of the program. */
  data;
  #page;
  #host;

  constructor(host, options, query = {}) {
    this.#host = host;
    this.data = transferred(options.data ?? {}, "data", host.refuse);
    this.#page = { ...options, data: structuredClone(this.data), setData: (patch, done) => this.#set(patch, done) };
    this.call("onLoad", query);
    this.call("onShow");
  }

  /** Calls a method of the page; one that it lacks is an error, unless it belongs to the life cycle. */
  call(name, event) {
    const method = this.#page[name];
    if (method) return method.call(this.#page, event);
    if (!/^on(Load|Show|Hide|Ready|Unload)$/.test(name)) throw new Error(`the page has no method ${name}`);
  }

  /** The user types into an input. */
  input(name, value) {
    this.call(name, { type: "input", detail: { value } });
  }

  /** The user touches an element with these data attributes. */
  tap(name, dataset = {}) {
    this.call(name, { type: "tap", currentTarget: { dataset } });
  }

  close() {
    this.call("onUnload");
  }

  #set(patch, done) {
    for (const [path, value] of Object.entries(patch)) {
      const sent = transferred(value, path, this.#host.refuse);
      for (const root of [this.data, this.#page.data]) assign(root, keysOf(path), structuredClone(sent));
    }
    if (done) this.#host.deliver(done);
  }
}

function assign(root, keys, value) {
  const last = keys.pop();
  let target = root;
  for (const key of keys) target = target[key] ??= {};
  target[last] = value;
}

/** Opens a page by its route, such as `pages/chat/chat`, with the query of its URL. */
export function openPage(host, route, query) {
  host.require(`/${route}.js`);
  const options = host.pages[route] ?? host.newPage;
  host.pages[route] = options;
  return new MiniPage(host, options, query);
}
