// Limits the waits of a test: one that would wait for ever fails, and says for what.

/** Longer than any wait takes on a busy machine, in milliseconds. */
export const LIMIT = 60_000;

/** Awaits a promise for so many milliseconds; the error says that `what` did not come. */
export async function within(what, promise, limit = LIMIT) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${limit / 1_000} s for ${what}`)), limit);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks again and again, until the answer is true; the error says that `what` did not come. */
export async function eventually(what, ask, limit = LIMIT) {
  let isLate = false;
  const asks = async () => {
    while (!isLate && !(await ask())) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  try {
    await within(what, asks(), limit);
  } finally {
    isLate = true;
  }
}

/** Reads the output of a child until `find` returns something for it. Ends a child that does not print that. */
export async function printed(child, name, find) {
  let text = "";
  const found = new Promise((resolve, reject) => {
    const read = (part) => {
      const result = find((text += part));
      if (!result) return;
      // Its later output has no reader.
      child.stdout.off("data", read).resume();
      resolve(result);
    };
    child.stdout.on("data", read);
    child.on("error", reject).on("close", () => reject(new Error(`${name} exited: ${text}`)));
  });
  try {
    return await within(`the start of ${name}`, found);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}
