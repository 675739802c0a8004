/**
 * Bills of materials by the formats' own schemas, where `NIXOCI_SBOM_SCHEMAS` names a folder with
 * CycloneDX's `bom-1.6.schema.json`, `jsf-0.82.schema.json` and `spdx.schema.json`, and SPDX's
 * `spdx-schema.json`; Python's jsonschema reads them.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { formatCycloneDx } from "../../src/sbom/cyclonedx.ts";
import { formatSpdx } from "../../src/sbom/spdx.ts";
import { spawned } from "../cli/run.ts";
import { mixedInventory } from "../sbom/support.ts";
import { temporaryFolder } from "../support/folder.ts";

const SCHEMAS = process.env["NIXOCI_SBOM_SCHEMAS"];

const CHECK = `
import json, sys
from jsonschema.validators import validator_for
from referencing import Registry, Resource
folder, schema, document = sys.argv[1:]
load = lambda name: json.load(open(name))
registry = Registry()
for name in ["bom-1.6", "jsf-0.82", "spdx"]:
    one = load(f"{folder}/{name}.schema.json")
    registry = registry.with_resource(one["$id"], Resource.from_contents(one))
schema = load(f"{folder}/{schema}")
kind = validator_for(schema)
errors = list(kind(schema, registry=registry, format_checker=kind.FORMAT_CHECKER).iter_errors(load(document)))
print(json.dumps([[list(map(str, e.absolute_path)), e.message] for e in errors]))
`;

async function errorsOf(schema: string, text: string): Promise<unknown> {
  const file = join(await temporaryFolder(), "document.json");
  await writeFile(file, text);
  const { status, stdout, stderr } = await spawned("python3", [
    "-c",
    CHECK,
    SCHEMAS!,
    schema,
    file,
  ]);
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}

it.skipIf(SCHEMAS === undefined)(
  "the schemas of both formats take them, and refuse others",
  async () => {
    const inventory = await mixedInventory();
    const maker = { version: "1.0.0", name: "app" };
    const [bom, spdx] = [formatCycloneDx(inventory, maker), formatSpdx(inventory, maker)];
    expect(await errorsOf("bom-1.6.schema.json", bom)).toEqual([]);
    expect(await errorsOf("spdx-schema.json", spdx)).toEqual([]);
    expect(await errorsOf("bom-1.6.schema.json", bom.replace('"library"', '"lib"'))).not.toEqual(
      [],
    );
    expect(await errorsOf("spdx-schema.json", spdx.replace('"DESCRIBES"', '"IS"'))).not.toEqual([]);
  },
);
