#!/usr/bin/env node
/*
 * The launcher. It must run on any Node, however old, so it is plain JavaScript that imports
 * nothing of ours before it knows the version. It runs the bundle that `npm ci` made (see
 * tools/bundle.ts), or the sources where there is none.
 */
// By way of require: an import of Node's own modules costs a millisecond each, for their names.
const { createRequire } = process.getBuiltinModule?.("node:module") ?? await import("node:module");
const require = createRequire(import.meta.url);
const { existsSync, mkdirSync, readFileSync, writeSync } = require("node:fs");
const os = require("node:os");
const { dirname, join } = require("node:path");
const { fileURLToPath } = require("node:url");

const home = fileURLToPath(new URL("..", import.meta.url));
const info = readInfo();
const args = process.argv.slice(2);
// A clone brings a Node of its own (tools/node-runtime); elsewhere only the user can.
const bundledNode = join(home, "node_modules", ".bin", "node");

// Verbs, which do not begin so, need not wait for another file.
const version = args[0]?.startsWith("-")
  ? require("./version.cjs").formatVersion(args, info.version)
  : undefined;
if (version !== undefined) {
  print(version);
  if (!isNodeNewEnough() && !existsSync(bundledNode)) console.error("nixoci: " + needsNode());
} else if (isNodeNewEnough()) {
  run();
} else {
  runOnBundledNode();
}

/** Reads package.json. Where the system is out of files that fails, and so would all the rest. */
function readInfo() {
  try {
    return JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
  } catch (error) {
    console.error("nixoci: Cannot start: " + error.message);
    process.exit(1);
  }
}

/** Is it the oldest Node of package.json's `engines`, or newer? */
function isNodeNewEnough() {
  const oldest = /\d+\.\d+/.exec(info.engines.node)[0].split(".").map(Number);
  const current = process.versions.node.split(".").map(Number);
  return current[0] > oldest[0] || (current[0] === oldest[0] && current[1] >= oldest[1]);
}

function run() {
  if ("Deno" in globalThis) keepWithinPermissions();
  load().then(({ main }) => main(args, info))
    .catch((error) => fail(`Cannot start: ${String(error.message).replace(/\s+/g, " ")}`));
}

/**
 * Makes what Deno does not let us see as good as absent: a variable is not set, and the home is nobody's,
 * a folder that is not there. So `deno run` needs no --allow-env and no --allow-sys.
 */
function keepWithinPermissions() {
  const isAllowed = (name, rest) =>
    Deno.permissions.querySync({ name, ...rest }).state === "granted";
  if (!isAllowed("env")) {
    const { env } = process;
    const isSeen = (name) => typeof name === "string" && isAllowed("env", { variable: name });
    process.env = new Proxy({}, {
      get: (_, name) => isSeen(name) ? env[name] : undefined,
      has: (_, name) => isSeen(name) && name in env,
      ownKeys: () => [],
    });
    os.tmpdir = () => process.env.TMPDIR || "/tmp";
  }
  const isHomeSeen = isAllowed("env", { variable: "HOME" }) ||
    isAllowed("sys", { kind: "homedir" });
  if (!isHomeSeen) os.homedir = () => join(home, "dist", "home-of-nobody");
  if (!isAllowed("sys", { kind: "hostname" })) os.hostname = () => "localhost";
  const isUserSeen = isAllowed("sys", { kind: "uid" }) && isAllowed("sys", { kind: "gid" });
  if (!isUserSeen) {
    process.getuid =
      process.geteuid =
      process.getgid =
      process.getegid =
        undefined;
  }
}

async function load() {
  const folder = join(home, "dist", "cli");
  const bundle = join(folder, "main.cjs");
  // To look whether a source is newer would take longer than all the rest: `npm run prepare` does.
  if (!existsSync(bundle)) return await import(new URL("../src/cli/main.ts", import.meta.url).href);
  if ("Deno" in globalThis) return require(bundle);
  // In the user's own folder: what a cache in /tmp holds, anyone could have put there.
  const caches = process.env.NIXOCI_CACHE_DIR ||
    join(process.env.XDG_CACHE_HOME || join(os.homedir(), ".cache"), "nixoci");
  const compiled = join(caches, "compiled");
  const verb = /^[a-z]+$/.exec(args[0] ?? "") ?? "none";
  const kept = madeFolder(compiled) ? join(compiled, `${info.version}-${verb}`) : undefined;
  return require("./bundle.cjs").loadBundle(folder, kept);
}

/** Prints a line; without Node's stream for it, which takes its time to load. */
function print(line) {
  try {
    writeSync(1, line + "\n");
  } catch (error) {
    if (error.code === "EAGAIN") return console.log(line); // which waits for a pipe that is full
    if (error.code === "EPIPE") return;
    console.error("nixoci: Cannot write to standard output: " + error.message);
    process.exitCode = 1;
  }
}

/**
 * Makes a folder and those above it, level by level: Node's own recursive mkdir never ends
 * where a file system answers ENOENT below a folder that is there, as /proc does.
 */
function madeFolder(path) {
  if (existsSync(path)) return true;
  const parent = dirname(path);
  // A build in Nix has no home, and one that is made all the same breaks those after it.
  if (path === os.homedir() || parent === path || !madeFolder(parent)) return false;
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch {
    return existsSync(path); // another process may have been faster
  }
  return true;
}

function fail(message) {
  console.error("nixoci: " + message);
  process.exitCode = 1;
}

function needsNode() {
  const needed = info.engines.node.replace(/^>=\s*/, "");
  return `Cannot run on Node ${process.versions.node}: it needs ${needed} or newer; ` +
    "install it from https://nodejs.org, or run nixoci with Deno";
}

async function runOnBundledNode() {
  if (!existsSync(bundledNode)) return fail(needsNode());
  const { spawn } = await import("node:child_process");
  const child = spawn(bundledNode, [fileURLToPath(import.meta.url), ...args], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => {
    console.error(`nixoci: Cannot run ${bundledNode}: ${error.message}`);
    process.exit(1);
  });
  // As shells have it for a command that a signal ended.
  child.on("exit", (code, signal) => process.exit(code ?? 128 + os.constants.signals[signal]));
}
