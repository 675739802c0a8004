/** Other tests ask GNU tar and Python where they are; this one says where they are not. */
import { expect, it } from "vitest";
import { archiveOf } from "./support/bytes.ts";
import { gnuList, hasGnuTar, hasPython, pythonList } from "./support/oracles.ts";

const archive = archiveOf([{ path: "a", mode: 0o4751, uid: 12, mtime: 34_000_000_000n }, "abc"]);
const said = { path: "a", type: "file", size: 3, mode: 0o4751, uid: 12, mtime: 34 };

it.skipIf(!hasGnuTar)("GNU tar is here to compare with", () => {
  expect(gnuList(archive)).toMatchObject([said]);
  expect(gnuList(Buffer.from("garbage"))).toBeUndefined();
});

it.skipIf(!hasPython)("Python's tarfile is here to compare with", () => {
  const [good, bad] = pythonList(archive, Buffer.from("garbage"));
  expect(good).toMatchObject([said]);
  expect(bad).toBeUndefined();
});
