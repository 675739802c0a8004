/** Prints the closure of store paths as JSON: `print-closure.ts ROOT PATH…`. */
import { readClosure } from "../../../src/nix/store/closure.ts";
import { openStore } from "../../../src/nix/store/store.ts";

const [root = "", ...paths] = process.argv.slice(2);
const store = await openStore({ root });
console.log(JSON.stringify(await readClosure(paths, store)));
await store[Symbol.asyncDispose]();
