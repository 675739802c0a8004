/** Adds one to a counter, many times, each time under the lock; prints every number it has written. */
import { readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { withLock } from "../../../src/bytes/disk/process-lock.ts";

const [folder, times] = [process.argv[2]!, Number(process.argv[3])];
const counter = join(folder, "counter");

for (let i = 0; i < times; i++) {
  await withLock(join(folder, "lock"), async () => {
    const next = Number(readFileSync(counter, "utf8")) + 1;
    await setTimeout(Math.random() * 2);
    writeFileSync(`${counter}.new`, `${next}`);
    renameSync(`${counter}.new`, counter);
    writeSync(1, `${next}\n`);
  });
}
