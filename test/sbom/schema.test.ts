/** Documents of CycloneDX by its own validator, which has the schemas of the format. */
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { expect, it } from "vitest";
import { formatCycloneDx } from "../../src/sbom/cyclonedx.ts";
import { mixedInventory } from "./support.ts";

it("CycloneDX's validator takes a document, and refuses another", async () => {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  const bom = formatCycloneDx(await mixedInventory(), { version: "1.0.0", name: "app" });
  expect(await validator.validate(bom)).toBeNull();
  expect(await validator.validate(bom.replace('"library"', '"lib"'))).not.toBeNull();
});
