/**
 * Node's HTTP clients, loaded when they are first needed. Not by `import`, which reads every export
 * of a built-in module: among those of `node:http` is one that loads all of Node's own fetch, 45 ms
 * for nothing.
 */
import process from "node:process";

/** `node:http`. */
export function http(): typeof import("node:http") {
  return process.getBuiltinModule("node:http");
}

/** `node:https`. */
export function https(): typeof import("node:https") {
  return process.getBuiltinModule("node:https");
}
