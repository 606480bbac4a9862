// The clock and the timers of a host: they follow the real ones, jump when the test says so, and stand still while the program is suspended.

export class HostClock {
  #offset = 0;
  #timers = new Map();
  #next = 1;
  #real;
  #isFrozen = false;

  /** How many timers wait. */
  get pending() {
    return this.#timers.size;
  }

  now() {
    return Date.now() + this.#offset;
  }

  setTimeout(run, delay = 0) {
    const id = this.#next++;
    this.#timers.set(id, { at: this.now() + Math.max(0, Number(delay) || 0), run });
    this.#schedule();
    return id;
  }

  clearTimeout(id) {
    this.#timers.delete(id);
  }

  /** Lets time pass at once, such as a night. */
  advance(span) {
    this.#offset += span;
    this.#schedule();
  }

  freeze() {
    this.#isFrozen = true;
    clearTimeout(this.#real);
  }

  thaw() {
    this.#isFrozen = false;
    this.#schedule();
  }

  /** Forgets all timers, so that the test's process can end. */
  stop() {
    this.#timers.clear();
    clearTimeout(this.#real);
  }

  #schedule() {
    clearTimeout(this.#real);
    if (this.#isFrozen || !this.#timers.size) return;
    const at = Math.min(...[...this.#timers.values()].map((timer) => timer.at));
    this.#real = setTimeout(() => this.#run(), Math.max(0, at - this.now()));
  }

  #run() {
    const due = [...this.#timers].filter(([, { at }]) => at <= this.now()).sort(([, a], [, b]) => a.at - b.at);
    for (const [id, { run }] of due) {
      // One that ran before may have cleared it, or suspended the program.
      if (!this.#timers.has(id) || this.#isFrozen) continue;
      this.#timers.delete(id);
      run();
    }
    this.#schedule();
  }
}
