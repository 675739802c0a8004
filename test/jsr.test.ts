/** What JSR has against the library: nothing, its types written out. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PACKAGE, spawned } from "./cli/run.ts";
import { ROOT } from "./docs/support/public-functions.ts";

const DENO = join(ROOT, "node_modules", ".bin", "deno");
const read = (name: string) => JSON.parse(readFileSync(join(ROOT, name), "utf8"));

describe("the library on JSR", () => {
  it("has npm's version, and its parts", () => {
    const { version, exports } = read("deno.json");
    expect(version).toBe(PACKAGE.version);
    const { "./package.json": _, ...parts } = read("package.json").exports;
    expect(exports).toEqual(parts);
  });

  it.skipIf(!existsSync(DENO))(
    "can be published: no slow types, nothing that is not there",
    async () => {
      const env = { ...process.env, NO_COLOR: "1" };
      const words = ["publish", "--dry-run", "--allow-dirty"];
      const { status, stderr } = await spawned(DENO, words, "", { cwd: ROOT, env });
      expect(status, stderr).toBe(0);
      expect(stderr).not.toMatch(/^warning/m);
      expect(stderr).toContain("/src/mod.ts");
      expect(stderr).not.toContain("/src/cli/");
    },
  );
});
