/** `nixoci explain`, `why` and `diff --store-paths`: what people read, whatever files are called. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copy } from "../../../src/copy/copy.ts";
import { openSink } from "../../../transports/mod.ts";
import { stack } from "../../flatten/support/stack.ts";
import { sourceOf } from "../../support/images.ts";
import { folderToDispose } from "../../support/folder.ts";
import { type Outcome, outcomes } from "../run.ts";

const HOSTILE = "etc/\u001b[31m<script>alert(1)</script>\u202egnp.exe\n.txt";
const [APP, LIB, NEW] = [["a", "app-1.0"], ["b", "lib-2.0"], ["c", "lib-2.1"]]
  .map(([hash, name]) => `/nix/store/${hash!.repeat(32)}-${name}`) as [string, string, string];

let folder: string;
let dispose: () => Promise<unknown>;
let results: Outcome[];

const LINES = [
  ["explain", "IMAGES:files"],
  ["explain", "--quick", "IMAGES:files"],
  ["why", "IMAGES:files", "/etc/x"],
  ["why", "IMAGES:files", "/etc/gone"],
  ["why", "IMAGES:files", `/${HOSTILE}`],
  ["why", "IMAGES:one", "/bin/app"],
  ["why", "IMAGES:one", `${LIB}/lib.so`],
  ["why", "--closure", "closure.json", "IMAGES:one", `${LIB}/lib.so`],
  ["diff", "--store-paths", "IMAGES:one", "IMAGES:two"],
  ["diff", "--store-paths", "IMAGES:one", "IMAGES:one"],
  ["diff", "--store-paths", "IMAGES:files", "IMAGES:files"],
];

beforeAll(async () => {
  ({ path: folder, dispose } = await folderToDispose());
  const store = (lib: string) => [
    [`${lib.slice(1)}/lib.so: 333`],
    [`${APP.slice(1)}/bin/app: needs ${lib}`, `bin/app -> ${APP}/bin/app`],
  ];
  const images = {
    files: await stack([["etc/x: 12345", "etc/gone: 1", { path: HOSTILE, text: "666" }], [
      "etc/x: 22",
      "etc/.wh.gone: ",
    ]]),
    one: await stack(store(LIB)),
    two: await stack(store(NEW)),
  };
  for (const [name, image] of Object.entries(images)) {
    const sink = await openSink(`oci-dir:${join(folder, "images")}:${name}`);
    await copy(sourceOf({ latest: image }), sink);
    await sink[Symbol.asyncDispose]();
  }
  const closure = [{ path: APP, narSize: 9, references: [LIB] }, {
    path: LIB,
    narSize: 3,
    references: [],
  }];
  await writeFile(join(folder, "closure.json"), JSON.stringify(closure));
  results = await outcomes(
    LINES.map((words) =>
      words.map((word) =>
        word.replace("IMAGES", `oci-dir:${join(folder, "images")}`)
          .replace(/^closure\.json$/, join(folder, "closure.json"))
      )
    ),
  );
}, 60_000);

afterAll(() => dispose());

/** How the command went that has these words. */
function resultOf(...words: string[]): Outcome {
  const at = LINES.findIndex((line) => line.join(" ") === words.join(" "));
  return results[at]!;
}

describe("explain", () => {
  it("has a line a layer, with bars of what it adds and wastes, in 80 columns", () => {
    const { status, stdout } = resultOf("explain", "IMAGES:files");
    expect(status).toBe(0);
    const lines = stdout.split("\n");
    expect(stdout).toMatch(/files {2}11 B, of which 6 B \(54\.5 %\) are wasted/);
    expect(lines.find((line) => /^ +1 {2}/.test(line))).toMatch(/ 9 B +6 B +- {2}█+░+$/);
    expect(lines.find((line) => /^ +2 {2}/.test(line))).toMatch(/ 2 B +- +6 B {2}█+$/);
    const paths = lines.filter((line) => line.includes("/etc/"));
    expect(lines.filter((line) => line.length > 80 && !paths.includes(line))).toEqual([]);
  });

  it("--quick reads nothing of the layers", () => {
    const { status, stdout, stderr } = resultOf("explain", "--quick", "IMAGES:files");
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).not.toContain("adds");
  });

  it("shows names as text, whatever is in them", () => {
    for (const { stdout, stderr } of results) {
      // deno-lint-ignore no-control-regex
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    }
    expect(resultOf("explain", "IMAGES:files").stdout)
      .toContain("/etc/\\x1b[31m<script>alert(1)</script>\\u202egnp.exe\\n.txt");
  });
});

describe("why", () => {
  it("names the layers that have a path, and those that another hides", () => {
    expect(resultOf("why", "IMAGES:files", "/etc/x").stdout.split("\n")).toEqual([
      "path        /etc/x",
      "layer       2 of 2",
      "  layer 1 has a file, 5 B; layer 2 hides that",
      "  layer 2 has a file, 2 B",
      "",
    ]);
  });

  it("says which layer has deleted it", () => {
    const { status, stderr } = resultOf("why", "IMAGES:files", "/etc/gone");
    expect(status).toBe(1);
    expect(stderr).toContain('no "/etc/gone": layer 1 had it, and it goes in layer 2');
  });

  it("follows links into the store, and finds references in the files", () => {
    expect(resultOf("why", "IMAGES:one", "/bin/app").stdout.split("\n")).toEqual([
      "path        /bin/app",
      `link        /bin/app -> ${APP}/bin/app`,
      `leads to    ${APP}/bin/app`,
      `store path  ${APP}`,
      "layer       2 of 2",
      "",
      "nothing refers to the first of these",
      `└─ ${APP}`,
      "references are from the files themselves, which have the hashes of what they refer to",
      "",
    ]);
    expect(resultOf("why", "IMAGES:one", `${LIB}/lib.so`).stdout)
      .toContain(`└─ ${APP}\n  └─ ${LIB}\n1 store path of the image refers to it\n`);
  });
});

describe("diff --store-paths", () => {
  it("says what went up, and how many bytes are new", () => {
    const { status, stdout } = resultOf("diff", "--store-paths", "IMAGES:one", "IMAGES:two");
    expect(status).toBe(1);
    expect(stdout.split("\n")).toEqual([
      "^  lib  2.0 -> 2.1  3 B -> 3 B",
      "0 store paths more, 0 less, 1 changed, 1 the same",
      "60 B before, 60 B after, of which 3 B are new",
      "",
    ]);
  });

  it("ends with 0 where nothing differs, and says where there is nothing to compare", () => {
    expect(resultOf("diff", "--store-paths", "IMAGES:one", "IMAGES:one").status).toBe(0);
    const none = resultOf("diff", "--store-paths", "IMAGES:files", "IMAGES:files");
    expect(none.status).toBe(1);
    expect(none.stderr).toContain("there are no store paths in either of them");
  });
});
