/*
 * Loads the bundle with the code that V8 made of it the last time that the verb ran: of all functions that
 * were called. Node's own compile cache has none of those, for it is made before a file runs.
 */
"use strict";
const { existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } =
  require("node:fs");
const { dirname, join } = require("node:path");
const { cachedDataVersionTag, setFlagsFromString } = require("node:v8");
const { Script } = require("node:vm");

const [BEFORE, AFTER] = ["(function (exports, require, module, __filename, __dirname) { ", "\n})"];
// Of all files this one has no hash of its content in its name.
const MAIN = "main.cjs";

// Blobs pass in buffers that are used again: a young generation that grows would only hold garbage, 20 MB
// of it. With another flag than at the start V8 takes no code that was made before, Node's own neither, and
// so it is set only in what takes longer than that, in milliseconds. Never --no-incremental-marking, which
// would spare a pull some time: a thread that compiles then waits for the first one to collect, and where
// that ends the process, neither goes on.
const LEAN = "--semi-space-growth-factor=1";
const USUAL = "--semi-space-growth-factor=2";
const SHORT = 100;

// Codes older than this are made again, in milliseconds: many are of a version that is gone.
const MONTH = 30 * 86_400_000;

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
    // A verb comes to other files with other words; of those that an older version left, none is there.
    const others = [...codes].filter(([name]) => existsSync(join(folder, name)));
    const made = [...scripts].map(([name, script]) => [name, script.createCachedData()]);
    writeCodes(path, [...others, ...made]);
    removeOld(dirname(path));
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

/**
 * Reads the codes: a line that tells the size of each, and then one after the other. All that is there
 * twice, since V8 dies of a flipped bit: to compare them takes a tenth of a millisecond, and to load any
 * of Node's modules that have checksums takes two.
 */
function readCodes(path) {
  if (path === undefined) return new Map();
  try {
    const file = readFileSync(path);
    const bytes = file.subarray(file.length / 2);
    if (bytes.compare(file, 0, file.length - bytes.length) !== 0) return new Map();
    let at = bytes.indexOf("\n") + 1;
    return new Map(
      JSON.parse(bytes.toString("latin1", 0, at))
        .map(([name, size]) => [name, bytes.subarray(at, at += size)]),
    );
  } catch {
    return new Map(); // it is the first time
  }
}

/** Writes the codes, of [name, code]; where that cannot be, they are made again the next time. */
function writeCodes(path, codes) {
  const head = JSON.stringify(codes.map(([name, code]) => [name, code.length])) + "\n";
  const bytes = Buffer.concat([Buffer.from(head), ...codes.map(([, code]) => code)]);
  const making = `${path}.${process.pid}`;
  try {
    writeFileSync(making, Buffer.concat([bytes, bytes]), { mode: 0o600 });
    renameSync(making, path);
  } catch {
    rmSync(making, { force: true });
  }
}

/** Removes what was written into a folder long ago, by older versions, too; another process may do the same. */
function removeOld(folder) {
  try {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const age = Date.now() - statSync(path).mtimeMs;
      if (age > MONTH) rmSync(path, { force: true, recursive: true });
    }
  } catch {
    // the next one does it
  }
}
