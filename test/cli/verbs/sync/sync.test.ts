/** `nixoci sync` as users run it: its status, what it prints, metrics, parts, and again and again. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process, { execPath } from "node:process";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { folderToDispose } from "../../../support/folder.ts";
import { LAUNCHER, type Outcome, outcomes, RUN } from "../../run.ts";
import { formatOpenMetrics } from "../../../../src/cli/verbs/sync/metrics.ts";
import { readShard } from "../../../../src/cli/verbs/sync/shard.ts";

let folder: { readonly path: string; dispose(): Promise<void> };
const seen = new Map<string, Outcome>();

const LINES: Readonly<Record<string, string>> = {
  dry: "sync --dry-run DIR/mirror.yaml",
  first: "sync DIR/mirror.yaml --metrics DIR/m.prom",
  "dry again": "sync --dry-run DIR/mirror.yaml",
  again: "sync DIR/mirror.yaml --json --metrics DIR/m.jsonl",
  quiet: "sync -q oci-dir:examples/hello oci-dir:DIR/quiet",
  failing: "sync DIR/failing.yaml --json",
  "failing lines": "sync DIR/failing.yaml",
  "no word": "sync oci-dir:examples/hello registry:127.0.0.1:1/m/{repo}:{tag}",
  "no destination": "sync oci-dir:examples/hello",
  "flag for a file": "sync DIR/mirror.yaml --semver 1",
  "destination of a file": "sync DIR/mirror.yaml oci-dir:DIR/x",
  "no file": "sync DIR/none.yaml",
  "no schedule": "sync DIR/failing.yaml --watch",
  "no cron": "sync DIR/cron.yaml --dry-run",
  "never": "sync DIR/never.yaml",
  "no every": "sync DIR/failing.yaml --watch --every soon",
  "no platform": "sync oci-dir:examples/hello oci-dir:DIR/unmoved --platform wat",
  "no folder": "sync oci-dir:examples/hello oci-dir:DIR/unmoved --metrics DIR/none/m.prom",
  "a folder": "sync oci-dir:examples/hello oci-dir:DIR/unmoved --metrics DIR",
  named: "sync -q oci-dir:examples/hello oci-dir:DIR/named:one",
  "named twice": "sync DIR/twice.yaml",
  "no image": "sync DIR/mirror.yaml --kubernetes Bad/Image",
  "watching job": "sync DIR/mirror.yaml --kubernetes example.org/nixoci:1 --watch",
  "dry job": "sync DIR/mirror.yaml --kubernetes example.org/nixoci:1 --dry-run",
  job: "sync DIR/mirror.yaml --kubernetes example.org/nixoci:1 --shard /3",
  "no shard": "sync DIR/mirror.yaml --shard 3/3",
};

beforeAll(async () => {
  folder = await folderToDispose();
  const rule = (source: string, more: object = {}) => ({
    source,
    destination: `oci-dir:${folder.path}/out`,
    ...more,
  });
  const files = {
    "mirror.yaml": { sync: [rule("oci-dir:examples/hello", { every: "1h" })] },
    "failing.yaml": { sync: [rule("oci-dir:none"), rule("oci-dir:examples/hello")] },
    "cron.yaml": { sync: [rule("oci-dir:examples/hello", { cron: "at noon" })] },
    "twice.yaml": {
      sync: ["examples/hello", "examples/../examples/hello"].map((path) => ({
        source: `oci-dir:${path}`,
        destination: `oci-dir:${folder.path}/unmoved:one`,
      })),
    },
    "never.yaml": { sync: [rule("oci-dir:examples/hello", { cron: "0 0 30 2 *" })] },
  };
  for (const [name, file] of Object.entries(files)) {
    await writeFile(join(folder.path, name), JSON.stringify(file));
  }
  const words = Object.values(LINES).map((line) => line.replaceAll("DIR", folder.path).split(" "));
  const results = await outcomes(words);
  Object.keys(LINES).forEach((name, at) => seen.set(name, results[at]!));
}, 120_000);
afterAll(() => folder.dispose());

const statusOf = (name: string) => seen.get(name)!.status;

it("copies what is missing, and says so", () => {
  expect(seen.get("dry")!.stdout).toMatch(/^planned .*\n1 to copy, 0 unchanged, 0 failed/m);
  expect(seen.get("first")!.stdout).toMatch(/^copied .*\n1 copied, 0 unchanged, 0 failed/m);
  expect(seen.get("dry again")!.stdout).toBe("0 to copy, 1 unchanged, 0 failed; 0 B would move\n");
  const { totals } = JSON.parse(seen.get("again")!.stdout);
  expect(totals).toMatchObject({ copied: 0, unchanged: 1, failed: 0 });
  expect(["dry", "first", "again", "quiet"].map(statusOf)).toEqual([0, 0, 0, 0]);
  expect(seen.get("quiet")!.stderr).toBe("");
});

it("exits with 1 when something fails, after all the rest", () => {
  const { status, stdout, stderr } = seen.get("failing")!;
  expect(status).toBe(1);
  const { images, totals } = JSON.parse(stdout);
  expect(totals).toMatchObject({ failed: 1, unchanged: 1 });
  expect(images[0].error.code).toBe("NOT_FOUND");
  expect(JSON.parse(stderr).error.code).toBe("INCOMPLETE");
  const lines = seen.get("failing lines")!;
  expect(lines.stdout).toMatch(/^failed .*oci-dir:none/);
  expect(lines.stderr).toMatch(/1 of 2 could not be copied \(1 NOT_FOUND\); see to what failed/);
});

it.each([
  ["no destination", 2, "Where do the images of oci-dir:examples/hello go"],
  ["flag for a file", 2, "--semver is for a SOURCE"],
  ["destination of a file", 2, "says itself where images go"],
  ["no file", 1, "no such file or directory"],
  ["no word", 2, "the command line: {repo} stands for nothing; the words are {host}"],
  ["no schedule", 2, "--watch, but when?"],
  ["no cron", 1, '"at noon" is not a line of cron'],
  ["never", 1, '"0 0 30 2 *" never comes true'],
  ["no every", 2, '--every: "soon" is not a duration'],
  ["no platform", 2, 'the command line: "wat" is not a platform'],
  ["no folder", 1, "Cannot write metrics to"],
  ["a folder", 2, "it is a folder; name a file in it"],
  ["named twice", 2, "would both be oci-dir:"],
  ["named twice", 2, "leave the name out of the destination, or put {tag}"],
  ["no image", 2, '--kubernetes: "Bad/Image" is not an image'],
  ["watching job", 2, "--watch has no meaning with --kubernetes"],
  ["dry job", 2, "--dry-run has no meaning with --kubernetes"],
  ["no shard", 2, "does not say which part; write I/N"],
])("refuses %s", (name, status, message) => {
  expect(seen.get(name)!.stderr).toContain(message);
  expect(statusOf(name)).toBe(status);
});

it("moves nothing where the metrics cannot be written, or names clash", async () => {
  await expect(readFile(join(folder.path, "unmoved", "index.json"))).rejects.toThrow("ENOENT");
});

it("gives an image the name that the destination says", async () => {
  const index = JSON.parse(await readFile(join(folder.path, "named", "index.json"), "utf8"));
  expect(index.manifests.map((one: { annotations: object }) => one.annotations))
    .toEqual([{ "org.opencontainers.image.ref.name": "one" }]);
});

it("writes metrics", async () => {
  const text = await readFile(join(folder.path, "m.prom"), "utf8");
  expect(text).toContain('nixoci_sync_images{status="copied"} 1\n');
  expect(text.endsWith("\n# EOF\n")).toBe(true);
  const line = JSON.parse(await readFile(join(folder.path, "m.jsonl"), "utf8"));
  expect(line).toMatchObject({ unchanged: 1, failed: 0, failures: [] });
  const totals = {
    copied: 1,
    unchanged: 2,
    immutable: 0,
    planned: 0,
    failed: 3,
    bytes: 4,
    mounted: 5,
  };
  const lines = formatOpenMetrics({ images: [], totals }, 1.5, 1e12).split("\n");
  // Each sample is of a metric that was declared just before it.
  let declared = "";
  for (const one of lines.slice(0, -2)) {
    const [, name] = /^# TYPE (\S+) gauge$/.exec(one) ?? [];
    if (name !== undefined) declared = name;
    else {expect(one).toMatch(
        new RegExp(`^(# HELP ${declared} .|${declared}(\\{status="[a-z]+"\\})? [\\d.]+$)`),
      );}
  }
});

it("prints a Job of several parts", () => {
  const [config, job] = parseAllDocuments(seen.get("job")!.stdout).map((one) => one.toJS());
  expect(config.data["sync.yaml"]).toContain("oci-dir:examples/hello");
  expect(job.spec).toMatchObject({ completionMode: "Indexed", completions: 3 });
  const [container] = job.spec.template.spec.containers;
  expect(container).toMatchObject({
    image: "example.org/nixoci:1",
    args: ["sync", "/etc/nixoci/sync.yaml", "--shard", "/3"],
  });
});

it("takes a part from the Job's index", () => {
  expect(readShard("1/3", {})).toEqual({ at: 1, of: 3 });
  expect(readShard("/3", { JOB_COMPLETION_INDEX: "2" })).toEqual({ at: 2, of: 3 });
  for (const wrong of ["3/3", "x/3", "1/0", "1", "-1/3"]) {
    expect(() => readShard(wrong, {})).toThrow("--shard");
  }
  expect(() => readShard("/3", {})).toThrow("JOB_COMPLETION_INDEX is not set");
  expect(() => readShard("/3", { JOB_COMPLETION_INDEX: "3" })).toThrow("--shard: 3/3, by JOB");
});

it("goes on until it is interrupted", async () => {
  const words = ["sync", "--watch", "--every", "100ms", "oci-dir:examples/hello"];
  const to = `oci-dir:${folder.path}/watched`;
  const child = spawn(execPath, [...RUN, LAUNCHER, ...words, to], { stdio: "pipe" });
  let text = "";
  const thrice = Promise.withResolvers<void>();
  child.stdout.on("data", (chunk) => {
    text += chunk;
    if (text.split("unchanged,").length > 3) thrice.resolve();
  });
  const ended = once(child, "close");
  await Promise.race([thrice.promise, ended]);
  process.kill(child.pid!, "SIGINT"); // Deno forgets the status after child.kill
  const [status] = await ended;
  expect(status).toBe(130);
  expect(text).toMatch(/1 copied.*\n0 copied, 1 unchanged/);
}, 60_000);
