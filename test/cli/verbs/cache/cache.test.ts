/** `nixoci cache`, on a cache of its own. */
import { join } from "node:path";
import { env, execPath } from "node:process";
import { expect, it } from "vitest";
import { digestOf } from "../../../../src/bytes/digest.ts";
import { createCache } from "../../../../src/cache/cache.ts";
import { temporaryFolder } from "../../../support/folder.ts";
import { LAUNCHER, RUN, spawned } from "../../run.ts";

it("shows the cache, and clears it", async () => {
  const folder = await temporaryFolder();
  const digest = digestOf(Buffer.from("a layer"));
  await createCache(join(folder, "cache.sqlite")).layers.set([["key", { digest, size: 7 }]]);
  const nixoci = (...words: string[]) =>
    spawned(execPath, [...RUN, LAUNCHER, ...words], "", {
      env: { ...env, NIXOCI_CACHE_DIR: folder },
    });

  const shown = await nixoci("cache");
  expect([shown.status, shown.stderr]).toEqual([0, ""]);
  expect(shown.stdout).toMatch(
    /^\/.*: [\d.]+ [kM]B\n {2}0 base images whose store paths are known\n/,
  );
  expect(shown.stdout).toContain("  1 layer of store paths whose digest is known\n");

  expect((await nixoci("cache", "clear")).stdout).toMatch(/^cleared [\d.]+ [kM]B in \//);
  const { path, rows } = JSON.parse((await nixoci("cache", "--json")).stdout);
  expect([path, rows.layers]).toEqual([folder, 0]);

  expect(await nixoci("cache", "empty")).toMatchObject({ status: 2, stdout: "" });
});
