/*
 * Loads the bundle with the code that V8 made of it the last time that the verb ran: of all functions that
 * were called. Node's own compile cache has none of those, for it is made before a file runs.
 */
"use strict";
const { existsSync, readFileSync, renameSync, rmSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { cachedDataVersionTag, setFlagsFromString } = require("node:v8");
const { Script } = require("node:vm");

const [BEFORE, AFTER] = ["(function (exports, require, module, __filename, __dirname) { ", "\n})"];
// Of all files this one has no hash of its content in its name.
const MAIN = "main.cjs";

// Blobs pass in buffers that are used again: a young generation that grows would only hold garbage, 20 MB
// of it. With another flag than at the start V8 takes no code that was made before, Node's own neither, and
// so it is set only in what takes longer than that, in milliseconds.
const [LEAN, USUAL] = ["--semi-space-growth-factor=1", "--semi-space-growth-factor=2"];
const SHORT = 100;

/**
 * Loads a folder's main.cjs.
 * @param kept the file for the code, or `undefined`; V8's version and flags become part of its name.
 */
exports.loadBundle = (folder, kept) => {
  const path = kept && `${kept}-${cachedDataVersionTag().toString(16)}`;
  const codes = readCodes(path);
  const known = new Set(codes.keys());
  const scripts = new Map();
  // This flag changes no code. To have threads collect what is young takes longer: it is little.
  setFlagsFromString("--no-parallel-scavenge");
  setTimeout(() => setFlagsFromString(LEAN), SHORT).unref();
  process.once("exit", (status) => {
    const isNew = [...scripts.keys()].some((name) => !known.has(name));
    // Words that are no verb's end with 2, and an interrupt, after which nobody waits, with more.
    if (path === undefined || !isNew || status > 1) return;
    setFlagsFromString(USUAL);
    const made = [...scripts].map(([name, script]) => [name, script.createCachedData()]);
    // A verb comes to other files with other words; of those that an older version left, none is there.
    const unused = [...codes].filter(([name]) => existsSync(join(folder, name)));
    writeCodes(path, [...made, ...unused]);
  });

  const load = (name) => {
    const filename = join(folder, name);
    const loaded = require.cache[filename];
    if (loaded !== undefined) return loaded.exports;
    const module = require.cache[filename] = { id: filename, filename, exports: {} };
    const script = new Script(BEFORE + readFileSync(filename, "utf8") + AFTER, {
      filename,
      columnOffset: -BEFORE.length,
      cachedData: codes.get(name),
    });
    codes.delete(name);
    if (name !== MAIN) scripts.set(name, script);
    script.runInThisContext()(module.exports, requireFrom, module, filename, folder);
    return module.exports;
  };
  const requireFrom = (name) => name.startsWith("./") ? load(name.slice(2)) : require(name);
  Object.assign(requireFrom, require);
  return load(MAIN);
};

/** Reads the codes: a line that tells the size of each, and then one after the other. */
function readCodes(path) {
  const codes = new Map();
  if (path === undefined) return codes;
  try {
    const bytes = readFileSync(path);
    let at = bytes.indexOf("\n") + 1;
    for (const [name, size] of JSON.parse(bytes.toString("latin1", 0, at))) {
      codes.set(name, bytes.subarray(at, at += size));
    }
    return codes;
  } catch {
    return new Map(); // it is the first time
  }
}

/** Writes the codes; where that cannot be, they are made again the next time. */
function writeCodes(path, codes) {
  const head = JSON.stringify(codes.map(([name, code]) => [name, code.length])) + "\n";
  const making = `${path}.${process.pid}`;
  try {
    // V8 believes what it is given: it is to be whole, even after the power has failed.
    writeFileSync(making, Buffer.concat([Buffer.from(head), ...codes.map(([, code]) => code)]), {
      mode: 0o600,
      flush: true,
    });
    renameSync(making, path);
  } catch {
    rmSync(making, { force: true });
  }
}
