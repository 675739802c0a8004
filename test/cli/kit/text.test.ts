import { expect, it } from "vitest";
import { formatBytes, formatCount, formatTime } from "../../../src/cli/kit/text.ts";

it("formatBytes", () => {
  const sizes = [
    0,
    1,
    999,
    1000,
    12_345,
    99_949,
    99_950,
    999_499,
    999_500,
    28_100_000,
    430e6,
    1.5e12,
  ];
  expect(sizes.map(formatBytes)).toEqual([
    "0 B",
    "1 B",
    "999 B",
    "1.0 kB",
    "12.3 kB",
    "99.9 kB",
    "100 kB",
    "999 kB",
    "1.0 MB",
    "28.1 MB",
    "430 MB",
    "1.5 TB",
  ]);
});

it("formatTime", () => {
  expect([0.0404, 0.9994, 0.9996, 9.94, 9.96, 59.4, 59.6, 200, 7500].map(formatTime)).toEqual([
    "40 ms",
    "999 ms",
    "1.0 s",
    "9.9 s",
    "10 s",
    "59 s",
    "1 min 0 s",
    "3 min 20 s",
    "2 h 5 min",
  ]);
});

it("count", () => {
  expect([0, 1, 2].map((n) => formatCount(n, "blob"))).toEqual(["0 blobs", "1 blob", "2 blobs"]);
});
