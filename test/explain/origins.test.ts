/** Where settings of a config come from. */
import { expect, it } from "vitest";
import { originsOf } from "../../src/explain/origins.ts";
import type { ConfigJson } from "../../src/image/documents/schemas.ts";

const config = (run: object, steps: readonly string[] = []): ConfigJson => ({
  rootfs: { diff_ids: [] },
  config: { ...run },
  history: steps.map((created_by) => ({ created_by, empty_layer: true })),
});

const short = (found: ReturnType<typeof originsOf>) =>
  found.map(({ field, value, from, before, step }) =>
    [field, value, from, before ?? step].filter((part) => part !== undefined)
  );

it("a base tells what is its own", () => {
  const base = config({ Env: ["PATH=/bin", "A=1"], Labels: { by: "us" }, Cmd: ["sh"] });
  const own = config({ Env: ["PATH=/bin", "A=2", "B=3"], Labels: { by: "us" }, Cmd: ["app"] });
  expect(short(originsOf(own, base))).toEqual([
    ["Env.PATH", "/bin", "base"],
    ["Env.A", "2", "changed", "1"],
    ["Env.B", "3", "own"],
    ["Labels.by", "us", "base"],
    ["Cmd", '["app"]', "changed", '["sh"]'],
  ]);
});

it("the history of a Dockerfile tells, of either builder, the last step that sets it", () => {
  const steps = [
    "/bin/sh -c #(nop)  ENV A=0 B=1",
    "ENV A=1",
    "RUN echo A=9",
    'CMD ["app"]',
    "LABEL x.y=z",
    "EXPOSE map[80/tcp:{}]",
  ];
  const own = config({
    Env: ["A=1", "B=1", "C=1"],
    Cmd: ["app"],
    Labels: { "x.y": "z" },
    ExposedPorts: { "80/tcp": {} },
  }, steps);
  expect(originsOf(own).map(({ field, step }) => `${field} ${step ?? "unknown"}`).sort()).toEqual([
    "Cmd 4",
    "Env.A 2",
    "Env.B 1",
    "Env.C unknown",
    "ExposedPorts.80/tcp 6",
    "Labels.x.y 5",
  ]);
});
