import { describe, expect, it } from "vitest";
import { outputPathOf } from "../../../src/nix/derivation/derivation.ts";
import { computeOutputPaths } from "../../../src/nix/derivation/output-paths.ts";
import {
  computeDerivationPath,
  computeFixedPath,
  placeholderOf,
} from "../../../src/nix/derivation/paths.ts";
import { DERIVATIONS, derivationWith, golden } from "../support/derivations.ts";

const lookUp = (path: string) => Promise.resolve(DERIVATIONS.get(path)!);

describe("store paths", () => {
  it.each([...DERIVATIONS.keys()])("of derivations are Nix's: %s", (path) => {
    expect(computeDerivationPath(DERIVATIONS.get(path)!)).toBe(path);
  });

  it.each([...DERIVATIONS.keys()])("of outputs are Nix's: %s", async (path) => {
    const derivation = DERIVATIONS.get(path)!;
    const expected = [...derivation.outputs].map(([name, one]) => [name, outputPathOf(one)]);
    expect([...await computeOutputPaths(derivation, lookUp)]).toEqual(expected);
  });

  it("of outputs are computed where the derivation does not have them yet", async () => {
    const whole = golden("structured-1");
    const deferred = new Map(
      [...whole.outputs.keys()].map((name) => [name, { kind: "deferred" } as const]),
    );
    const env = new Map(
      [...whole.env].map(([key, value]) => [key, deferred.has(key) ? "" : value]),
    );
    const paths = await computeOutputPaths({ ...whole, outputs: deferred, env }, lookUp);
    expect(paths.get("dev")).toBe(outputPathOf(whole.outputs.get("dev")!));
  });

  it("of fixed outputs depend on the method", () => {
    const path = (method: "flat" | "nar" | "text") =>
      computeFixedPath({ method, algorithm: "sha256", hash: "0".repeat(64) }, "a", "/nix/store");
    expect(new Set([path("flat"), path("nar"), path("text")]).size).toBe(3);
  });

  it("name an input that lacks the output", async () => {
    const [path = ""] = DERIVATIONS.keys();
    const derivation = derivationWith({ inputDrvs: new Map([[path, ["none"]]]) });
    await expect(computeOutputPaths(derivation, lookUp)).rejects
      .toThrow(`${path} has no output none, which is needed`);
  });
});

it("placeholders are Nix's", () => {
  expect(placeholderOf("out")).toBe("/1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9");
});
