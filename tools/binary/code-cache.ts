/**
 * Writes what V8 makes of each file of the bundle: INPUT OUTPUT. Run with fixed seeds, which make the
 * bytes the same each time; they are among the flags by which V8 tells whether a cache is for it, so
 * the mark of those is put in afterwards, as a process without seeds has it.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv, execPath } from "node:process";
import { execFileSync } from "node:child_process";
import { Script } from "node:vm";

/** The text that main.cjs wraps a file in. */
const [BEFORE, AFTER] = ["(function (exports, require, module, __filename, __dirname) { ", "\n})"];

// The header: magic number, version, source, flags, length and checksum, 4 bytes each.
const MARK = { start: 12, end: 16 };

const [, script, input, output] = argv as [string, string, string?, string?];
if (input === undefined || output === undefined) {
  process.stdout.write(new Script("0").createCachedData().subarray(MARK.start, MARK.end));
} else {
  const mark = execFileSync(execPath, [script]);
  mkdirSync(output, { recursive: true });
  for (const name of readdirSync(input).filter((name) => name.endsWith(".cjs"))) {
    const script = new Script(BEFORE + readFileSync(join(input, name), "utf8") + AFTER, {
      filename: name,
    });
    script.runInThisContext();
    const cache = script.createCachedData();
    cache.set(mark, MARK.start);
    writeFileSync(join(output, `${name}.cache`), cache);
  }
}
