/*
 * What `--version` prints. It runs on any Node, however old, and in the single binary, too
 * (tools/binary/main.cjs).
 */
"use strict";

// The version of what --json prints: see src/cli/docs/json/shapes.ts.
const JSON_VERSION = 1;

/** Returns the line for these words; `undefined` where they ask for something else. */
exports.formatVersion = (args, version) => {
  const [first, ...rest] = args;
  if (!["--version", "-V", "-v"].includes(first) || !["", "--json"].includes(rest.join())) {
    return undefined;
  }
  const { node } = process.versions;
  return rest.length > 0
    ? JSON.stringify({ version, json: JSON_VERSION, node })
    : "nixoci " + version;
};
