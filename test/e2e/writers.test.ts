/** Many processes write into one oci-dir at a time: every image is there in the end. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nixoci } from "./support/copying.ts";
import { inspectLayout, writeBulk } from "./support/layout.ts";
import { peers } from "./support/peers.ts";

const WRITERS = ["a", "b", "c", "d", "e", "f", "g"];

test("seven writers keep all of seven tags", async () => {
  const folder = join(peers.env["TMPDIR"]!, "writers");
  const layout = join(folder, "layout");
  await mkdir(folder);
  for (const name of WRITERS) await writeBulk(join(folder, name), 2, 100_000);

  const results = await Promise.all(WRITERS.map((name) => {
    const from = `oci-dir:${join(folder, name)}:bulk`;
    return nixoci(["copy", "--quiet", from, `oci-dir:${layout}:${name}`]);
  }));

  expect(results.map(({ status, stderr }) => ({ status, stderr })))
    .toEqual(WRITERS.map(() => ({ status: 0, stderr: "" })));
  expect(await inspectLayout(layout)).toEqual({ tags: WRITERS, faults: [], strays: [] });
});

test("seven writers of the same image to the same tag do not trip over each other", async () => {
  const folder = join(peers.env["TMPDIR"]!, "same");
  const layout = join(folder, "layout");
  await mkdir(folder);
  await writeBulk(join(folder, "source"), 4, 1 << 20);

  const from = `oci-dir:${join(folder, "source")}:bulk`;
  const results = await Promise.all(
    WRITERS.map(() => nixoci(["copy", "--quiet", from, `oci-dir:${layout}:one`])),
  );

  expect(results.map(({ status }) => status)).toEqual(WRITERS.map(() => 0));
  expect(await inspectLayout(layout)).toEqual({ tags: ["one"], faults: [], strays: [] });
});
