/** Images that are made where they go: the same bytes, whatever is remembered and wherever they go. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execPath } from "node:process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { HELLO, makeSmallStore } from "../../../compose/store.ts";
import { folderToDispose } from "../../../support/folder.ts";
import { LAUNCHER, type Outcome, RUN, spawned } from "../../run.ts";

let folder: string;
let dispose: () => Promise<void>;
beforeAll(async () => {
  ({ path: folder, dispose } = await folderToDispose());
  await makeSmallStore(folder);
});
afterAll(() => dispose());

const SPEC = `--path ${HELLO} --closure graph.json --store store --max-layers 3 --cmd hello`;

/** Builds the image, with a memory of this name. */
async function built(memory: string, words: string, to: string): Promise<Outcome> {
  const env = { ...process.env, NIXOCI_CACHE_DIR: join(folder, memory) };
  const nixoci = [execPath, ...RUN, LAUNCHER].join(" ");
  const line = `${nixoci} build ${SPEC} ${words} ${to}`;
  return await spawned("sh", ["-c", line], "", { cwd: folder, env });
}

const moved = ({ stdout, stderr }: Outcome) => {
  expect(stderr).toBe("");
  return JSON.parse(stdout).blobs;
};

it("has the same bytes in pipes and files, whether its layers are remembered or not", async () => {
  for (const [memory, name] of [["one", "cold"], ["one", "warm"]]) {
    const { stderr } = await built(memory!, "-q", `docker-archive:-:app:1 | cat > ${name}.pipe`);
    expect(stderr).toBe("");
  }
  for (const [memory, name] of [["two", "cold"], ["two", "warm"]]) {
    const outcome = await built(memory!, "--json -q", `docker-archive:${name}.tar:app:1`);
    expect(moved(outcome)).toEqual({ moved: 3, exists: 0, mounted: 0 });
  }
  const [first, ...others] = await Promise.all(
    ["cold.pipe", "warm.pipe", "cold.tar", "warm.tar"].map((name) => readFile(join(folder, name))),
  );
  for (const other of others) expect(other.equals(first!)).toBe(true);
  expect(first!.toString("latin1")).toMatch(
    /"Layers":\["1-[0-9a-f]{32}.tar","2-[0-9a-f]{32}.tar"\]/,
  );
});

it("is the same in a layout, plain or packed, and the one that is copied there", async () => {
  for (const compress of ["none", "gzip"]) {
    const words = `--json -q --compress ${compress}`;
    const cold = await built(`${compress}-memory`, words, `oci-dir:${compress}:app`);
    const again = await built(`${compress}-memory`, words, `oci-dir:${compress}-again:app`);
    expect(moved(cold)).toEqual(moved(again));
    expect(await readdir(join(folder, `${compress}-again/blobs/sha256`)))
      .toEqual(await readdir(join(folder, `${compress}/blobs/sha256`)));
    const there = await built(`${compress}-other`, words, `oci-dir:${compress}:app`);
    expect(JSON.parse(there.stdout).images).toEqual(JSON.parse(cold.stdout).images);
  }
});

it.each(["docker-archive", "oci-dir"])(
  "says when each layer is there, once (%s)",
  async (scheme) => {
    for (const name of ["cold", "warm"]) {
      const to = `${scheme}:said-${name}.${scheme}:app:1`;
      const { stderr } = await built(`said-${scheme}`, "--progress json", to);
      const events = stderr.trim().split("\n").map((line) => JSON.parse(line));
      const isEnd = ({ type, kind }: { type: string; kind?: string }) =>
        type === "done" && kind === "layer";
      const ends = events.filter(isEnd).map(({ descriptor }) => descriptor.digest);
      expect([ends.length, new Set(ends).size]).toEqual([2, 2]);
      const begun = events.filter(({ type, bytes }) => type === "writing" && bytes === 0);
      // An archive takes a second one of the same size when it has a name.
      expect(begun.length).toBe(name === "warm" ? 0 : scheme === "oci-dir" ? 2 : 1);
      const plannedAt = events.findIndex(({ type }) => type === "plan");
      expect(plannedAt).toBe(name === "cold" ? events.findLastIndex(isEnd) + 1 : 0);
    }
  },
);

it("moves nothing in a dry run, and says what would move", async () => {
  const { stdout } = await built("dry", "--json --dry-run", "docker-archive:dry.tar:app:1");
  expect(JSON.parse(stdout).blobs).toHaveLength(3);
  expect(await readdir(folder)).not.toContain("dry.tar");
});

it("is refused before the first byte where a name is none", async () => {
  const { status, stdout, stderr } = await built("bad", "-q --dest-tag UPPER", "docker-archive:-");
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^nixoci: .*UPPER.*\n$/);
});

it("says in one line that the reader went away", async () => {
  const { stderr } = await built("gone", "-q", "docker-archive:-:app:1 | true");
  expect(stderr).toBe("nixoci: Cannot write to standard output: the reader went away\n");
});
