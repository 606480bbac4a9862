// State that pages show. Subscribers get only what changes, as an object for `setData`.

export function createStore(state) {
  const listeners = new Set();
  const tell = (patch) => listeners.forEach((listener) => listener(patch));
  return {
    state,

    set(patch) {
      Object.assign(state, patch);
      tell(patch);
    },

    /** Adds to the end of a list, which keeps its `most` last items. */
    append(list, item, most) {
      const items = state[list];
      items.push(item);
      if (items.length <= most) return tell({ [`${list}[${items.length - 1}]`]: item });
      items.shift();
      tell({ [list]: items });
    },

    /** Calls the listener with the whole state, then with each change. Returns a function that ends it. */
    subscribe(listener) {
      listeners.add(listener);
      listener(state);
      return () => listeners.delete(listener);
    },
  };
}
