/** Writes more than it may to a file in the folder given, and prints what comes of it. */
import { join } from "node:path";
import { openAtomicFile } from "../../../src/bytes/disk/atomic.ts";

const file = await openAtomicFile(join(process.argv[2]!, "file"));
try {
  for (let i = 0; i < 20; i++) await file.write(Buffer.alloc(100_000));
  await file.commit();
  console.log("null");
} catch (error) {
  const { code, message } = error as { code: string; message: string };
  console.log(JSON.stringify({ code, message }));
}
