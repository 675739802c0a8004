/** Writes the generated pages of docs/: `npm run docs`. */
import { readFile, writeFile } from "node:fs/promises";
import { cliReference } from "../src/cli/reference.ts";

const info = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
await writeFile(new URL("../docs/cli.md", import.meta.url), await cliReference(info));
