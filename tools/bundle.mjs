// Makes what ships out of what wasm-bindgen made: build/index.js and build/checkout_guard_bg.wasm.
//
// wasm-bindgen exports whatever a crate declares, used or not, and names each function at the border in full,
// with a hash, on both sides. Here what the entry never calls is dropped, with all that only it needs, and the
// names at the border become a letter or two.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import binaryen from "binaryen";
import { build } from "esbuild";

const [, , made, out] = process.argv;
const NAME = "checkout_guard_bg.wasm";
const glue = join(made, "checkout_guard.js");
const wasm = join(made, NAME);

// Only what every engine has had for years: workerd need not know the newest encodings.
const FEATURES = ["bulk-memory", "multivalue", "mutable-globals", "nontrapping-float-to-int", "reference-types", "sign-ext"];
// A function that is inlined where it is called once makes one with more locals, whose code repeats itself less.
const OPTIMIZE = ["-Oz", "--one-caller-inline-max-function-size=0", "--strip-debug", "--strip-producers"];

const read = (file) => readFileSync(file, "utf8");
const used = (text) => new Set([...text.matchAll(/\bwasm\.(\w+)/g)].map(([, name]) => name));
const names = (list) => new Set(list.map(({ name }) => name));

async function bundle(options) {
  const { outputFiles } = await build({
    entryPoints: [join(made, "entry.js")],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    external: [`./${NAME}`],
    logLevel: "warning",
    ...options,
  });
  return outputFiles[0].text;
}

/** The members of the object of imports that wasm-bindgen wrote, each with its text. */
function members(text) {
  return [...text.matchAll(/^ {8}(\w+): function\(.*?(?=^ {8}\w+: function\(|^ {4}\};)/gms)];
}

/** Drops exports that the JavaScript never calls, and imports that the wasm then never calls. */
async function shake() {
  const plain = read(glue)
    // One module for both who import it: entry.js, and what wasm-bindgen copied it for.
    .replaceAll(/\.\/snippets\/[^"']*\/runtime\.js/g, "./runtime.js")
    // What keeps a class although nobody uses it.
    .replaceAll(/^if \(Symbol\.dispose\) .*$/gm, "")
    .replaceAll(": new FinalizationRegistry(", ": /* @__PURE__ */ new FinalizationRegistry(");
  writeFileSync(glue, plain);
  for (;;) {
    const wanted = used(await bundle({}));
    const module = binaryen.readBinary(readFileSync(wasm));
    module.setFeatures(binaryen.Features.BulkMemory | binaryen.Features.ReferenceTypes | binaryen.Features.Multivalue);
    const spare = [...names(WebAssembly.Module.exports(new WebAssembly.Module(readFileSync(wasm))))].filter(
      (name) => !wanted.has(name),
    );
    for (const name of spare) module.removeExport(name);
    module.runPasses(["remove-unused-module-elements"]);
    writeFileSync(wasm, module.emitBinary());
    const needed = names(WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(wasm))));
    const text = read(glue);
    const shaken = members(text).reduce(
      (rest, [member, name]) => (needed.has(name) ? rest : rest.replace(member, "")),
      text,
    );
    writeFileSync(glue, shaken);
    if (spare.length === 0 && shaken === text) return;
  }
}

/** Optimizes, and gives both sides of the border the same short names. */
function shrink() {
  const passes = [...FEATURES.map((feature) => `--enable-${feature}`), ...OPTIMIZE, "--minify-imports-and-exports-and-modules"];
  const renamed = JSON.parse(execFileSync("wasm-opt", [...passes, wasm, "-o", join(out, NAME)], { encoding: "utf8" }));
  const exported = new Map(renamed.exports);
  let text = read(glue).replace(/\bwasm\.(\w+)/g, (_, name) => `wasm.${exported.get(name) ?? name}`);
  const own = new Set(members(text).map(([, name]) => name));
  const others = [];
  for (const [, name, short] of renamed.imports) {
    if (own.has(name)) text = text.replace(new RegExp(`^ {8}${name}: `, "m"), `        ${short}: `);
    else others.push(`${short}: import1.${name}`);
  }
  const returned = /^ {4}return \{\s+__proto__: null,\s+"\.\/.*?\};\n/ms;
  if (!returned.test(text)) throw new Error("wasm-bindgen hands over its imports in another way than tools/bundle.mjs knows");
  writeFileSync(glue, text.replace(returned, `    return { a: Object.assign(import0, { ${others} }) };\n`));
}

await shake();
shrink();
writeFileSync(join(out, "index.js"), await bundle({ minify: true }));
