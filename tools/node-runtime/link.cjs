/*
 * Puts the clone's own Node into node_modules/.bin, where npm has not left it: up to version 9 it takes
 * away what packages for other systems would have linked there, and all of them call it `node`.
 * Runs on any Node, before all other scripts of `npm ci`.
 */
"use strict";
const { spawnSync } = require("node:child_process");
const { existsSync, symlinkSync } = require("node:fs");
const { join } = require("node:path");

const modules = join(__dirname, "..", "..", "node_modules");
const link = join(modules, ".bin", "node");
const target = join("..", `node-${process.platform}-${process.arch}`, "bin", "node");

if (!existsSync(link) && existsSync(join(modules, ".bin", target))) symlinkSync(target, link);
const { status, stderr = "" } = spawnSync(link, ["--version"], { encoding: "utf8" });
if (status === 127 && stderr.includes("libatomic")) {
  console.error("nixoci: the clone's own Node needs libatomic: apt-get install libatomic1");
  process.exitCode = 1;
}
