/*
 * What the single binary runs: the launcher's part (see bin/nixoci.js), for a bundle whose files are
 * assets of the binary. Each is compiled when it is first asked for, from the code cache beside it.
 * A worker thread runs this file, too, with the name of its module.
 */
"use strict";
const { getAsset, getAssetKeys, getRawAsset } = require("node:sea");
const { dirname, join } = require("node:path");
const { pathToFileURL } = require("node:url");
const { Script } = require("node:vm");
const threads = require("node:worker_threads");

// Where the files seem to lie: in a folder of the binary's own name, which is nowhere.
const HOME = join(process.execPath, "dist", "cli");
const [BEFORE, AFTER] = ["(function (exports, require, module, __filename, __dirname) { ", "\n})"];
const CACHED = new Set(getAssetKeys());
const modules = new Map();

/** Loads a module of the bundle, once. A cache that V8 does not take (another machine's) costs nothing. */
function load(name) {
  const known = modules.get(name);
  if (known !== undefined) return known.exports;
  const module = { exports: {} };
  modules.set(name, module);
  const filename = join(HOME, name);
  const cachedData = CACHED.has(name + ".cache")
    ? Buffer.from(getRawAsset(name + ".cache"))
    : undefined;
  const script = new Script(BEFORE + getAsset(name, "utf8") + AFTER, { filename, cachedData });
  script.runInThisContext()(module.exports, requireFrom, module, filename, dirname(filename));
  return module.exports;
}

function requireFrom(name) {
  return name.startsWith("./") ? load(name.slice(2)) : require(name);
}

/** A thread whose module is one of the bundle's. */
class BundledWorker extends threads.Worker {
  constructor(url, options) {
    const folder = pathToFileURL(HOME).href + "/";
    const isOurs = String(url).startsWith(folder);
    const workerData = { module: String(url).slice(folder.length) };
    const source = isOurs ? getAsset("source", "utf8") : url;
    super(source, isOurs ? { ...options, eval: true, workerData } : options);
  }
}
threads.Worker = BundledWorker;

function main() {
  const info = JSON.parse(getAsset("package.json", "utf8"));
  const args = process.argv.slice(2);
  const version = load("version.cjs").formatVersion(args, info.version);
  if (version !== undefined) return console.log(version);
  // As in bin/bundle.cjs, which says why.
  const { setFlagsFromString } = require("node:v8");
  setFlagsFromString("--no-parallel-scavenge");
  setTimeout(() => setFlagsFromString("--semi-space-growth-factor=1"), 100).unref();
  load("main.cjs").main(args, info);
}

if (threads.isMainThread) main();
else load(threads.workerData.module);
