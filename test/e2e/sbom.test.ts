/** Documents of SPDX by the validator of the SPDX workgroup (PyPI's spdx-tools). */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { formatSpdx } from "../../src/sbom/spdx.ts";
import { type Outcome, spawned } from "../cli/run.ts";
import { mixedInventory } from "../sbom/support.ts";
import { temporaryFolder } from "../support/folder.ts";
import { lacks } from "../support/tools.ts";

async function validate(text: string): Promise<Outcome> {
  const file = join(await temporaryFolder(), "document.spdx.json");
  await writeFile(file, text);
  return await spawned("pyspdxtools", ["-i", file]);
}

it.skipIf(lacks("pyspdxtools"))(
  "SPDX's validator takes a document, and refuses another",
  async () => {
    const spdx = formatSpdx(await mixedInventory(), { version: "1.0.0", name: "app" });
    const taken = await validate(spdx);
    expect(taken.status, taken.stderr).toBe(0);
    expect((await validate(spdx.replace('"DESCRIBES"', '"IS"'))).status).not.toBe(0);
  },
);
