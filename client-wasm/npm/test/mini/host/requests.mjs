// `request` over real HTTP, with the rules of a profile. Hosts keep no cookies.

import { request as send } from "node:http";

import { isListed } from "./domains.mjs";

export function requestFunction(host) {
  const { profile, refuse, deliver } = host;
  const isAlipay = profile.requests === "my";

  return (options) => {
    const { url, method = "GET", data, dataType, responseType, timeout, success, fail } = options;
    const header = isAlipay ? options.headers : options.header;
    if (host.fault.requestThrows) throw new Error("request: invoke failed");
    if (!/^https?:\/\//.test(url)) refuse(`request: the url ${url} is not http or https`);
    if (!["GET", "POST"].includes(method)) refuse(`request: the method ${method} is unknown`);
    if (data !== undefined && typeof data !== "string") refuse("request: a body that is not text");
    if (dataType === undefined) refuse("request: without dataType, the host parses the body as JSON");
    const state = { isDone: false, outgoing: undefined };
    const end = (run) => {
      if (state.isDone) return;
      state.isDone = true;
      host.requests.delete(state);
      if (!host.fault.neverCallsBack) deliver(run);
    };
    const failed = (text, { errno, error = 12, ...more } = {}) =>
      end(() => fail?.(isAlipay ? { error, errorMessage: text, ...more } : { errMsg: `request:fail ${text}`, ...(errno && { errno }) }));
    if ("refuses" in host.fault) end(() => fail?.(host.fault.refuses));
    else if (host.mayNotConnect()) failed("interrupted", { errno: 600003 });
    else if (host.isOffline) failed("network is down");
    else if (!isListed(url, host.domains?.request)) failed("url not in domain list", { errno: 600002, error: 11 });
    else if (host.requests.size >= profile.maxRequests) failed("exceed max task count", { errno: 600007 });
    else {
      host.requests.add(state);
      state.outgoing = send(host.resolve(url), {
        method,
        headers: { ...header, "content-type": header?.["content-type"] ?? "application/json" },
        timeout,
        agent: false,
      });
      state.outgoing.on("error", (error) => failed(error.message));
      state.outgoing.on("response", (response) => {
        const parts = [];
        response.on("data", (part) => parts.push(part));
        response.on("error", (error) => failed(error.message));
        response.on("end", () => {
          const body = Buffer.concat(parts);
          const content = responseType === "arraybuffer" ? body.buffer.slice(body.byteOffset, body.byteOffset + body.length) : String(body);
          const cookies = response.headers["set-cookie"];
          const headers = { ...response.headers, ...(cookies && { "set-cookie": cookies.join(",") }) };
          const status = response.statusCode;
          // Alipay calls `fail` for the status of an error.
          if (isAlipay && status >= 400) return failed("http status error", { error: 19, status, headers, data: content });
          end(() =>
            success?.(isAlipay ? { data: content, status, headers } : { data: content, statusCode: status, header: headers, cookies: cookies ?? [] }),
          );
        });
      });
      state.outgoing.end(data);
    }
    /** Its network is gone, and no callback says so. */
    state.forget = () => {
      state.isDone = true;
      host.requests.delete(state);
      state.outgoing?.destroy();
    };
    state.abort = () => {
      state.outgoing?.destroy();
      failed("abort");
    };
    return { abort: state.abort };
  };
}
