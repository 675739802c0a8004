/** Writes the generated pages of docs/, and the script of `explore`'s page: `npm run docs`. */
import { spawnSync } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createSpecJsonSchema } from "../src/compose/spec/json-schema.ts";
import { drawPictures } from "./pictures/mod.ts";
import { createSpecType } from "./spec-type.ts";
import { createCliPages } from "../src/cli/docs/pages.ts";
import { createLockJsonSchema } from "../src/lock/json-schema.ts";
import { bundleExploreScript } from "./explore-page/build.ts";
import { createSyncJsonSchema } from "../src/sync/config/own-schema.ts";

const docs = new URL("../docs/", import.meta.url);
await rm(new URL("cli", docs), { recursive: true, force: true });
await mkdir(new URL("cli", docs));
for (const [path, page] of [...await createCliPages(), ...await drawPictures()]) {
  await writeFile(new URL(path, docs), page);
}
await writeFile(
  new URL("../docs/nixoci.lock.schema.json", import.meta.url),
  JSON.stringify(createLockJsonSchema(), null, 2) + "\n",
);
await writeFile(
  new URL("../docs/nixoci.sync.schema.json", import.meta.url),
  JSON.stringify(createSyncJsonSchema(), null, 2) + "\n",
);
await writeFile(
  new URL("../docs/nixoci.build.schema.json", import.meta.url),
  JSON.stringify(createSpecJsonSchema(), null, 2) + "\n",
);
await writeFile(
  new URL("../src/explore/script.ts", import.meta.url),
  await bundleExploreScript(),
);
const type = fileURLToPath(new URL("../src/compose/spec/type.ts", import.meta.url));
await writeFile(type, createSpecType());
spawnSync("deno", ["fmt", "-q", type], { stdio: "inherit" });
