/** `export`, `ls`, `cat` and `diff` as users run them. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execPath } from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { streamBytes } from "../../../../src/bytes/stream.ts";
import { decompressStream } from "../../../../src/bytes/compression.ts";
import { copy } from "../../../../src/copy/copy.ts";
import { readTar } from "../../../../src/tar/read.ts";
import { openSink } from "../../../../transports/mod.ts";
import { type Member, stack } from "../../../flatten/support/stack.ts";
import { folderToDispose } from "../../../support/folder.ts";
import { sourceOf } from "../../../support/images.ts";
import { LAUNCHER, type Outcome, outcomes, RUN, spawned } from "../../run.ts";

let folder: string;
let dispose: () => Promise<void>;
let seen: Map<string, Outcome>;

const ONE: Member[][] = [
  ["etc/", "etc/motd: hello\n", "bin/sh: #!\n", "bin/bash = bin/sh", "old: x"],
  [".wh.old", "etc/link -> motd"],
];
const TWO: Member[][] = [["etc/", "etc/motd: hello you\n", "bin/sh: #!\n", "bin/bash = bin/sh"]];

const LINES = [
  "export oci-dir:IN/one -o IN/fs.tar --json",
  "export oci-dir:IN/one --output=IN/part.tar --path etc --exclude **/motd",
  "export oci-dir:IN/one -o IN/nix.tar --style dockertools",
  "export oci-dir:IN/one -o IN/order.tar --order layers",
  "export oci-dir:IN/one -o IN/fs.tar.zst --mtime @86400",
  "export oci-dir:IN/one -o IN/plain.tar.gz --compress none --mtime 2024-01-31",
  "export oci-dir:IN/one -o IN/packed --compress gzip",
  "export oci-dir:IN/one -o IN/layer.tar --layer 2",
  "export oci-dir:IN/one -o IN/stripped.tar --strip-components 1",
  "export docker-archive:IN/several.tar -o IN/picked.tar --image-name two --image-tag v1",
  "export docker-archive:IN/several.tar -o IN/none.tar --image-name three",
  "export docker-archive:IN/several.tar -o IN/none.tar",
  "export oci-dir:IN/one -o IN/none.tar --layer 3",
  "export oci-dir:IN/one -o IN/none.tar --layer first",
  "export oci-dir:IN/one -o IN/none.tar --mtime noon",
  "export oci-dir:IN/one -o IN/none.tar --path a[",
  "export oci-dir:IN/one -o IN/none.tar --path /ect --path opt/*",
  "export oci-dir:IN/one --dir IN/none.tar --path ect",
  "export oci-dir:IN/one -o IN/none.tar --spool-limit 3",
  "export oci-dir:IN/one -o IN/none.tar --layer 2 --order layers",
  "export registry:127.0.0.1:1/x -o IN/none.tar --image-name y",
  "ls oci-dir:IN/one",
  "ls -l oci-dir:IN/one /bin",
  "ls --layer 2 oci-dir:IN/one",
  "ls --json oci-dir:IN/one etc/link",
  "cat oci-dir:IN/one /nope",
  "cat oci-dir:IN/one /etc",
  "cat --json oci-dir:IN/one /etc/motd",
  "diff oci-dir:IN/one oci-dir:IN/two",
  "diff --json --ignore content --ignore size oci-dir:IN/one oci-dir:IN/two",
  "diff oci-dir:IN/one oci-dir:IN/one",
];

beforeAll(async () => {
  ({ path: folder, dispose } = await folderToDispose());
  const [one, two] = [await stack(ONE, "gzip"), await stack(TWO)];
  await put(`oci-dir:${folder}/one`, { one });
  await put(`oci-dir:${folder}/two`, { two });
  await put(`docker-archive:${folder}/several.tar`, { "one:v1": one, "two:v1": two });
  const argv = LINES.map((line) => line.split(" ").map((word) => word.replace("IN", folder)));
  const all = await outcomes(argv);
  seen = new Map(LINES.map((line, i) => [line, all[i]!]));
});
afterAll(() => dispose());

async function put(place: string, images: Parameters<typeof sourceOf>[0]): Promise<void> {
  const sink = await openSink(place);
  try {
    await copy(sourceOf(images), sink, { all: true });
  } finally {
    await sink[Symbol.asyncDispose]();
  }
}

function outcome(line: string): Outcome {
  const { status, stdout, stderr } = seen.get(line)!;
  const plain = (text: string) => text.replaceAll(folder, "IN");
  return { status, stdout: plain(stdout), stderr: plain(stderr) };
}

async function entriesOf(name: string) {
  const bytes = await readFile(join(folder, name));
  const entries = [];
  for await (const { entry } of readTar(decompressStream(streamBytes(bytes)))) entries.push(entry);
  return entries;
}

const namesOf = async (name: string) => (await entriesOf(name)).map(({ path }) => path);

describe("export", () => {
  it("writes all files", async () => {
    expect(await namesOf("fs.tar")).toEqual([
      "bin/",
      "bin/bash",
      "bin/sh",
      "etc/",
      "etc/link",
      "etc/motd",
    ]);
    expect(await namesOf("order.tar")).toEqual(
      ["etc/link", "etc/motd", "bin/sh", "bin/bash", "bin/", "etc/"],
    );
    const { status, stdout, stderr } = outcome(LINES[0]!);
    const { length: size } = await readFile(join(folder, "fs.tar"));
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({ output: "IN/fs.tar", size });
  });

  it("writes what is asked for, as it is asked for", async () => {
    expect(await namesOf("part.tar")).toEqual(["etc/", "etc/link"]);
    expect((await namesOf("nix.tar")).slice(0, 3)).toEqual(["./", "./bin/", "./bin/bash"]);
    expect(await namesOf("layer.tar")).toEqual([".wh.old", "etc/link"]);
    expect(await namesOf("stripped.tar")).toEqual(["bash", "sh", "link", "motd"]);
    expect((await entriesOf("fs.tar.zst")).map(({ mtime }) => mtime)).toEqual(
      Array.from({ length: 6 }, () => 86_400_000_000_000n),
    );
    expect((await entriesOf("plain.tar.gz"))[0]!.mtime).toBe(1_706_659_200_000_000_000n);
    const head = async (name: string) => (await readFile(join(folder, name))).subarray(0, 2);
    expect(await head("packed")).toEqual(Buffer.from([0x1f, 0x8b]));
    expect(await head("plain.tar.gz")).toEqual(Buffer.from("bi"));
    expect(await namesOf("packed")).toEqual(await namesOf("fs.tar"));
    expect(await namesOf("picked.tar")).toEqual(["bin/", "bin/bash", "bin/sh", "etc/", "etc/motd"]);
  });

  it.each([
    ["--image-name three", 1, /has no image "three"; the archive holds one:v1, two:v1/],
    ["several.tar -o IN/none.tar", 2, /holds 2 images; say which one/],
    ["--layer 3", 1, /the image has no layer 3; it has 2, of which 1 is the lowest/],
    ["--layer first", 2, /"first" is not a layer/],
    ["--mtime noon", 2, /--mtime: "noon" is not a time/],
    ["a[", 2, /the pattern "a\[" has a \[ without a \]/],
    ["--path /ect --path opt/*", 1, /nothing in the image matches "\/ect" or "opt\/\*"; see /],
    ["--path ect", 1, /nothing in the image matches "ect"; see /],
    ["--spool-limit 3", 1, /more than 3 bytes of temporary file/],
    ["--layer 2 --order layers", 2, /a layer alone has its entries sorted/],
    ["--image-name y", 2, /pick from archives and layouts/],
  ])("refuses %s", async (end, status, message) => {
    const found = outcome(LINES.find((line) => line.endsWith(end))!);
    expect(found).toMatchObject({ status, stdout: "", stderr: expect.stringMatching(message) });
    expect(found.stderr.trim().split("\n")).toHaveLength(1);
    await expect(readFile(join(folder, "none.tar"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("writes to standard output, with the time of SOURCE_DATE_EPOCH", async () => {
    const argv = [...RUN, LAUNCHER, "export", `oci-dir:${folder}/one`, "--path", "etc/motd"];
    const env = { ...process.env, SOURCE_DATE_EPOCH: "12" };
    const { status, stdout, stderr } = await spawned(execPath, argv, "", { env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    await writeFile(join(folder, "out.tar"), stdout, "utf8");
    expect((await entriesOf("out.tar")).map(({ path, mtime }) => [path, mtime])).toEqual([
      ["etc/", 12_000_000_000n],
      ["etc/motd", 12_000_000_000n],
    ]);
  });
});

describe("ls", () => {
  it("lists names, or all there is to say", () => {
    expect(outcome("ls oci-dir:IN/one").stdout.trim().split("\n")).toEqual([
      "/bin",
      "/bin/bash",
      "/bin/sh",
      "/etc",
      "/etc/link",
      "/etc/motd",
    ]);
    expect(outcome("ls -l oci-dir:IN/one /bin").stdout.split("\n")).toEqual([
      "drwxr-xr-x 0/0 0 1970-01-01 00:00 /bin",
      "-rw-r--r-- 0/0 3 1970-01-01 00:00 /bin/bash",
      "hrw-r--r-- 0/0 3 1970-01-01 00:00 /bin/sh link to /bin/bash",
      "",
    ]);
    expect(outcome("ls --layer 2 oci-dir:IN/one").stdout).toBe("/.wh.old\n/etc/link\n");
    expect(JSON.parse(outcome("ls --json oci-dir:IN/one etc/link").stdout)).toMatchObject([
      { path: "/etc/link", type: "symlink", linkpath: "motd", layer: 2 },
    ]);
  });
});

describe("cat", () => {
  it("prints a file", async () => {
    const argv = [...RUN, LAUNCHER, "cat", `oci-dir:${folder}/one`, "/etc/link"];
    expect(await spawned(execPath, argv)).toEqual({ status: 0, stdout: "hello\n", stderr: "" });
  });

  it("says what it cannot print", () => {
    const of = (line: string) => outcome(line).stderr;
    expect(of("cat oci-dir:IN/one /nope")).toBe(
      'nixoci: Cannot read /nope of oci-dir:IN/one: the image has no "/nope"\n',
    );
    expect(of("cat oci-dir:IN/one /etc")).toMatch(/"\/etc" is a directory, not a file/);
    expect(of("cat --json oci-dir:IN/one /etc/motd")).toMatch(/is not JSON/);
  });
});

describe("diff", () => {
  it("exits with 1 where there is a difference", () => {
    expect(outcome("diff oci-dir:IN/one oci-dir:IN/two")).toEqual({
      status: 1,
      stdout: "- /etc/link  symlink\n~ /etc/motd  6 B -> 10 B  content, size\n",
      stderr: "nixoci: 2 paths differ\n",
    });
    const json = outcome(
      "diff --json --ignore content --ignore size oci-dir:IN/one oci-dir:IN/two",
    );
    expect(JSON.parse(json.stdout)).toEqual([
      { path: "/etc/link", change: "removed", type: "symlink", before: 0 },
    ]);
    expect(outcome("diff oci-dir:IN/one oci-dir:IN/one")).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });
  });
});
