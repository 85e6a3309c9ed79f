//! What exists only in wasm.
