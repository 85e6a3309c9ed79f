// Around the built Worker: a database that makes it wait, or trap after an await.
//
// The Worker's wasm reads the message of a database's error. Reading this error's message traps, so the wasm
// frames below it never return. An abort, a stack overflow and a full memory do the same.

import { Instance, made } from "./before.js";
import module from "./trap.wasm";
import worker from "./index.js";

const { trap } = new Instance(module).exports;
const deeper = () => deeper() + 1;
const WAYS = { unreachable: () => trap(), overflow: deeper };

let armed = null;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function failing(way) {
  const fail = async () => {
    await pause(10);
    throw Object.defineProperty(new Error(), "message", { get: WAYS[way] });
  };
  const statement = { bind: () => statement, raw: fail };
  return { prepare: () => statement, batch: fail };
}

/** The real database, with a pause before each call. */
const slow = (inner, milliseconds) => ({
  prepare: (sql) => ({
    bind(...values) {
      const bound = inner.prepare(sql).bind(...values);
      return { bound, raw: () => pause(milliseconds).then(() => bound.raw()) };
    },
  }),
  batch: (statements) => pause(milliseconds).then(() => inner.batch(statements.map(({ bound }) => bound))),
});

export default {
  async fetch(request, env, context) {
    const { pathname, searchParams } = new URL(request.url);
    switch (pathname) {
      case "/instances":
        return Response.json(made.instances);
      case "/arm":
        armed = searchParams.get("way");
        return new Response();
      case "/trap/then":
        Promise.resolve().then(WAYS[searchParams.get("way")]);
        return new Response();
      case "/trap/microtask":
        queueMicrotask(WAYS[searchParams.get("way")]);
        return new Response();
    }
    const way = request.headers.get("test-trap");
    const wait = Number(request.headers.get("test-slow"));
    const DB = way ? failing(way) : wait ? slow(env.DB, wait) : env.DB;
    return worker.fetch(request, { ...env, DB }, context);
  },
  scheduled(event, env, context) {
    const way = armed;
    armed = null;
    return worker.scheduled(event, way ? { ...env, DB: failing(way) } : env, context);
  },
};
