// Is imported before the Worker: counts the instances of its wasm.

export const { Instance } = WebAssembly;
export const made = { instances: 0 };

WebAssembly.Instance = class extends Instance {
  constructor(...args) {
    super(...args);
    made.instances += 1;
  }
};
