/** `gc`, `tag` and `delete` as users run them on a layout: what is ambiguous or no name is refused. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createArtifact } from "../../../src/artifact/create.ts";
import { copy } from "../../../src/copy/copy.ts";
import type { Root } from "../../../src/image/root.ts";
import { openSink } from "../../../transports/mod.ts";
import { folderToDispose } from "../../support/folder.ts";
import { image, index, sourceOf } from "../../support/images.ts";
import { type Outcome, outcomes } from "../run.ts";

let folder: { readonly path: string; dispose(): Promise<void> };
const seen = new Map<string, Outcome>();

const LINES: Readonly<Record<string, string>> = {
  newest: "gc --dry-run --json --grace 0 --keep-newest 1 oci-dir:DIR/times",
  untagged: "gc --dry-run --json --grace 0 --keep-newest 1 --untag new oci-dir:DIR/times",
  "no times": "gc --dry-run --keep-newest 1 oci-dir:DIR/none",
  "enough of them": "gc --dry-run --json --keep-newest 2 oci-dir:DIR/none",
  "one time": "gc --dry-run --keep-newest 1 oci-dir:DIR/same",
  "last of a time zone": "tags --newest 1 oci-dir:DIR/zones",
  created: "tags --json --created oci-dir:DIR/zones",
  "all of one time": "tags --newest 1 oci-dir:DIR/same",
  "tags without times": "tags --newest 1 oci-dir:DIR/none",
  "a name": "gc oci-dir:DIR/times:new",
  "a bad name": "tag oci-dir:DIR/times:new bad!name",
  "no name": "tag oci-dir:DIR/times:new .",
  "in a folder with an @": "delete --yes oci-dir:DIR/a@b/c:one",
  named: "tag oci-dir:DIR/times:new localhost:5000/org/app_x:1.4",
};

beforeAll(async () => {
  folder = await folderToDispose();
  const put = async (layout: string, roots: Readonly<Record<string, Root>>) => {
    await using to = await openSink(`oci-dir:${join(folder.path, layout)}`);
    await copy(sourceOf(roots), to, { all: true });
  };
  const made = (created?: string) => image({ ...created !== undefined && { created } });
  const chart = createArtifact({ type: "application/vnd.chart" });
  await put("times", {
    old: await made("2020-01-01T00:00:00Z"),
    new: await made("2024-01-01T00:00:00+01:00"),
    chart,
  });
  const later = await made("2023-12-31T23:00:00Z");
  const earlier = await made("2024-01-01T00:00:00+02:00");
  await put("zones", { earlier, later, both: index([earlier, later]) });
  await put("none", { a: await made(), b: await made() });
  const time = "1970-01-01T00:00:01Z";
  await put("a@b/c", { one: await made(), two: await made() });
  await put("same", { a: await made(time), b: await made(time) });
  const words = Object.values(LINES).map((line) => line.replaceAll("DIR", folder.path).split(" "));
  const results = await outcomes(words);
  Object.keys(LINES).forEach((name, at) => seen.set(name, results[at]!));
}, 120_000);
afterAll(() => folder.dispose());

const namesOf = (name: string) => JSON.parse(seen.get(name)!.stdout).names;

it("takes the names of images away that are not the newest, and of nothing else", () => {
  expect(namesOf("newest")).toEqual(["old"]);
  expect(namesOf("untagged")).toEqual(["new"]);
  expect(namesOf("enough of them")).toEqual([]);
});

it("keeps all that were made at one time, and says so", () => {
  expect(seen.get("one time")).toMatchObject({
    status: 0,
    stderr: expect.stringContaining("--keep-newest 1 keeps 2 images: they were made at one time"),
  });
  expect(seen.get("all of one time")!.stdout).toBe("a\nb\n");
});

it("knows times in other zones", () => {
  expect(seen.get("last of a time zone")!.stdout).toBe("later\nboth\n");
  expect(JSON.parse(seen.get("created")!.stdout)).toMatchObject({
    tags: ["later", "both", "earlier"],
    created: { both: "2023-12-31T23:00:00Z" },
  });
});

it.each([
  ["no times", 1, /which images are the newest is not known: \w does not say when it was made/],
  ["tags without times", 1, /newest is not known: \w does not say when it was made; leave tags/],
  ["a name", 2, /all of a layout is tidied up, not one name of it; write oci-dir:PATH/],
  ["a bad name", 2, /"bad!name" cannot name an image in a layout/],
  ["no name", 2, /"\." cannot name an image in a layout/],
])("refuses %s", (name, status, message) => {
  expect(seen.get(name)!.stderr).toMatch(message);
  expect(seen.get(name)!.status).toBe(status);
});

it("deletes the name behind the path, whatever that has in it", () => {
  expect(seen.get("in a folder with an @")).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^deleted {2}one {2}sha256:/),
  });
});

it("takes names as layouts have them", () => {
  expect(seen.get("named")!.status).toBe(0);
});
