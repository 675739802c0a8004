/** Where runs and trees lie, and that runs beside each other do not see each other. */
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { folderToDispose } from "../support/folder.ts";
import {
  busyboxLayer,
  CANNOT_RUN,
  describeEntries,
  disposeCache,
  layerOf,
  runOn,
} from "./support.ts";

afterAll(disposeCache);

describe.skipIf(CANNOT_RUN)("a run", () => {
  it("may have a cache whose name the options of mounts, or shells, take for something else", async () => {
    const { path, dispose } = await folderToDispose();
    const cache = join(path, "a:b,c\\d \"'$x", "long".repeat(50));
    const { entries } = await runOn([await busyboxLayer()], "mv /data/sub /sub", { cache });
    expect(describeEntries(entries)).toEqual(
      expect.arrayContaining(["750 33:33 sub/", "644 0:0 sub/c"]),
    );
    await dispose();
  });

  it("has one tree below it, however many layers there are", async () => {
    const more = await Promise.all(
      Array.from({ length: 120 }, (_, i) => layerOf([{ path: `f${i}`, data: `${i}\n` }])),
    );
    const { printed } = await runOn([await busyboxLayer(), ...more], "cat /f0 /f119");
    expect(printed).toBe("0\n119\n");
  });

  it("writes to no tree that others have, too", async () => {
    const base = [await busyboxLayer()];
    const runs = await Promise.all(
      [1, 2, 3].map((one) =>
        runOn(base, `echo ${one} >> /data/a; ls /new* && exit 1; echo > /new${one}; cat /data/a`)
      ),
    );
    expect(runs.map(({ printed }) => printed.replace(/^ls.*\n/, ""))).toEqual(
      [1, 2, 3].map((one) => `a\n${one}\n`),
    );
    expect((await runOn(base, "cat /data/a")).printed).toBe("a\n");
  });
});
