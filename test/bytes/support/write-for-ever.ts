/** Begins a file in the folder given, says so, and never ends it. */
import { join } from "node:path";
import { openAtomicFile } from "../../../src/bytes/disk/atomic.ts";

const file = await openAtomicFile(join(process.argv[2]!, "file"));
await file.write(Buffer.alloc(1_000_000));
console.log("begun");
setInterval(() => {}, 1000);
