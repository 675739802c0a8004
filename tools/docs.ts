/** Writes the generated pages of docs/: `npm run docs`. */
import { writeFile } from "node:fs/promises";
import { createSpecJsonSchema } from "../src/compose/spec/json-schema.ts";
import { cliReference } from "../src/cli/page.ts";
import { lockJsonSchema } from "../src/lock/json-schema.ts";

await writeFile(new URL("../docs/cli.md", import.meta.url), await cliReference());
await writeFile(
  new URL("../docs/nixoci.lock.schema.json", import.meta.url),
  JSON.stringify(lockJsonSchema(), null, 2) + "\n",
);
await writeFile(
  new URL("../docs/nixoci.build.schema.json", import.meta.url),
  JSON.stringify(createSpecJsonSchema(), null, 2) + "\n",
);
