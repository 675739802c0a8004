/** `nixoci mutate`: what its flags say, and in which order. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONFIG_EDITS, joinEdits } from "../../../../src/cli/verbs/mutate/config-edits.ts";
import { parseAnnotation, parseKeyed } from "../../../../src/cli/kit/keyed.ts";
import { collectStream } from "../../../../src/bytes/stream.ts";
import { writeTar } from "../../../../src/tar/write.ts";
import { folderToDispose } from "../../../support/folder.ts";
import { image, index, layerOf } from "../../../support/images.ts";
import { type Outcome, outcomes } from "../../run.ts";
import { createRebaseStep } from "../../../../src/cli/verbs/mutate/rebased.ts";
import type { Image, Root } from "../../../../src/image/root.ts";
import type { StepContext } from "../../../../src/image/step.ts";
import { loadImages } from "../../../../src/image/tree.ts";
import { annotate } from "../../../../src/steps/annotate.ts";
import { append } from "../../../../src/steps/append.ts";
import { BASE_DIGEST, BASE_NAME } from "../../../../src/steps/rebase.ts";

// Nothing here makes bytes that it would have to keep.
const context = {} as StepContext;

describe("entries of keyed flags", () => {
  it("are set, emptied and taken away", () => {
    expect(parseKeyed("A=b=c", "env")).toEqual({ A: "b=c" });
    expect(parseKeyed("A=", "env")).toEqual({ A: "" });
    expect(parseKeyed("A-", "env")).toEqual({ A: null });
    expect(parseKeyed("A-=-", "env")).toEqual({ "A-": "-" });
    for (const wrong of ["A", "", "-", "=x"]) {
      expect(() => parseKeyed(wrong, "label")).toThrow("is not key=value");
    }
  });

  it("of annotations say where", () => {
    expect(parseAnnotation("a:b=1")).toEqual({ edit: { "a:b": "1" }, places: ["manifest"] });
    expect(parseAnnotation("index,manifest[linux/arm64]:a-")).toEqual({
      edit: { a: null },
      places: ["index", "manifest"],
      platform: "linux/arm64",
    });
    expect(parseAnnotation("index-descriptor:a=1").places).toEqual(["index-descriptor"]);
  });
});

describe("edits of the config", () => {
  it("join, and the later one counts", () => {
    const words = [["env", "A=1"], ["env", "A-"], ["env", "B=2"], ["user", "1"], [
      "user",
      "2",
    ]] as const;
    const edit = words.map(([flag, text]) => CONFIG_EDITS[flag](text)).reduce(joinEdits, {});
    expect(edit).toEqual({ run: { Env: { A: null, B: "2" }, User: "2" } });
  });

  it("understand ports, checks and times", () => {
    expect(CONFIG_EDITS.port("80-")).toEqual({ run: { ExposedPorts: { "80/tcp": null } } });
    expect(CONFIG_EDITS.healthcheck("none")).toEqual({ run: { Healthcheck: { Test: ["NONE"] } } });
    expect(CONFIG_EDITS.healthcheck('{"test":["CMD","x"],"retries":2}'))
      .toEqual({ run: { Healthcheck: { Test: ["CMD", "x"], Retries: 2 } } });
    expect(CONFIG_EDITS.created("@86400")).toEqual({ created: "1970-01-02T00:00:00Z" });
    expect(() => CONFIG_EDITS.created("soon")).toThrow("is not a time");
    expect(() => CONFIG_EDITS.port("x")).toThrow("is not a port");
  });

  it.each(
    [
      ["env", "A B=c", '--env: "A B" cannot name a variable'],
      ["volume", "rel", '--volume: "rel" is not a whole path'],
      ["volume", "", '--volume: "" is not a whole path'],
      ["workdir", "rel", '--workdir: "rel" is not a whole path'],
      ["stop-signal", "FOO", '--stop-signal: "FOO" is not a signal'],
      ["stop-signal", "65", '--stop-signal: "65" is not a signal'],
      ["user", "a\nb", '--user: "a\\nb" is not user[:group]'],
      ["user", "a:b:c", '--user: "a:b:c" is not user[:group]'],
      ["healthcheck", '{"Test":', "--healthcheck"],
    ] as const,
  )("refuse --%s %s", async (flag, text, message) => {
    expect(() => CONFIG_EDITS[flag](text)).toThrow(message);
    await expect((async () => CONFIG_EDITS[flag](text))()).rejects.toMatchObject({ code: "USAGE" });
  });

  it.each(
    [
      ["env", "A.b-c=1 2"],
      ["env", "A B-"],
      ["volume", "C:\\data"],
      ["volume", "rel-"],
      ["workdir", ""],
      ["stop-signal", "SIGRTMIN+3"],
      ["stop-signal", "term"],
      ["stop-signal", "9"],
      ["user", "NT AUTHORITY\\SYSTEM"],
      ["user", "1000:1000"],
    ] as const,
  )("take --%s %s", (flag, text) => {
    expect(CONFIG_EDITS[flag](text)).toHaveProperty("run");
  });
});

describe("a rebase by annotations", () => {
  it("opens for each image of an index the base that it names", async () => {
    const platforms = ["amd64", "arm64"].map((architecture) => ({ os: "linux", architecture }));
    const bases = await Promise.all(
      platforms.map((platform) => image({ platform, layers: [{ os: platform.architecture }] })),
    );
    const apps = await Promise.all(bases.map(async (base) => {
      const { layers: [below], manifest: { descriptor: { digest } } } = base;
      const own = await append([await layerOf({ app: "1" })])(base, context) as Image;
      expect(own.layers[0]).toEqual(below);
      const said = { [BASE_NAME]: "localhost:5000/base:1", [BASE_DIGEST]: digest };
      return await annotate(said)(own, context);
    }));
    const onto = index(
      await Promise.all(platforms.map((platform) => image({ platform, layers: [{ os: "new" }] }))),
      platforms,
    );
    const opened: string[] = [];
    const open = async (reference: string): Promise<Root> => {
      opened.push(reference);
      return bases.find(({ manifest }) => reference.endsWith(manifest.descriptor.digest)) ?? onto;
    };
    const step = await createRebaseStep("registry:localhost:5000/base:2", {
      open,
      holders: new Map(),
    });
    const moved = await loadImages(await step(index(apps, platforms), context));
    expect(moved.map(({ layers }) => layers.length)).toEqual([2, 2]);
    expect(opened).toEqual([
      "registry:localhost:5000/base:2",
      ...bases.map(({ manifest }) => `registry:localhost:5000/base@${manifest.descriptor.digest}`),
    ]);
  });
});

describe("the command", () => {
  const HELLO = "oci-dir:examples/hello";
  let results: Outcome[];
  let dispose: (() => Promise<void>) | undefined;
  afterAll(() => dispose?.());

  beforeAll(async () => {
    const folder = await folderToDispose();
    const home = folder.path;
    dispose = folder.dispose;
    await mkdir(join(home, "root"));
    await writeFile(join(home, "root", "file"), "hi");
    const members = [{ fields: { path: "tmp", type: "directory" as const, mode: 0o1777 } }, {
      fields: { path: "var/run", type: "symlink" as const, linkpath: "/run" },
    }];
    await writeFile(
      join(home, "base.tar"),
      await collectStream(writeTar(members), 1 << 20, "a layer"),
    );
    const onto = (place: string) => ["--append", join(home, "root"), "--append-to", place];
    const made = (name: string) => `oci-dir:${home}/made:${name}`;
    const mutate = (...words: string[]) => ["mutate", "--quiet", ...words];
    const append = ["--append", join(home, "root"), "--append-to", "/srv"];
    results = await outcomes([
      mutate(...append, "--rm", "/srv/file", HELLO, made("hidden")),
      ["ls", made("hidden")],
      mutate(...append, "--rm", "/srv/file", ...append.slice(0, 2), HELLO, made("there")),
      ["ls", made("there")],
      mutate("--rebase", `${HELLO},${made("hidden")}`, made("there"), made("rebased")),
      ["ls", made("rebased")],
      mutate(HELLO, made("x")),
      mutate("--rebase", `${made("there")},${HELLO}`, HELLO, made("x")),
      mutate("--rebase", HELLO, made("there"), made("x")),
      mutate("--append", join(home, "nothing"), HELLO, made("x")),
      mutate("--squash", "0", HELLO, made("x")),
      mutate("--platform", "s390x", "--user", "1", HELLO, made("x")),
      ["tags", `oci-dir:${home}/made`],
      mutate("--append", join(home, "base.tar"), HELLO, made("base")),
      mutate(...onto("/tmp/x"), made("base"), made("placed")),
      mutate(...onto("/var/run/y"), made("placed"), made("placed")),
      ["ls", "--json", made("placed")],
      mutate(...onto("/hello/x"), HELLO, made("x")),
      // Both stand on HELLO: what comes on top is what the other has above it.
      mutate("--rm", "/hello", HELLO, made("bare")),
      mutate("--append", made("there"), made("bare"), made("both")),
      ["ls", made("both")],
      mutate("--append", HELLO, made("there"), made("x")),
      mutate("--rm", "../x", HELLO, made("x")),
      mutate("--rm", "/", HELLO, made("x")),
      mutate("--rm", "/nope", HELLO, made("x")),
      mutate("--rm", "/hello/nope", HELLO, made("x")),
      mutate("--rm", "/var/run/y/file", made("placed"), made("less")),
      ["ls", made("less")],
      mutate("--flatten", made("there"), made("flat")),
      mutate("--squash", "all", made("there"), made("squashed")),
      ["artifact", "push", "--quiet", "--type", "a/b", made("files"), join(home, "base.tar")],
      mutate("--env", "A=1", made("files"), made("x")),
    ]);
  });

  it("keeps the order of its flags", () => {
    expect(results[1]!.stdout.split("\n")).not.toContain("/srv/file");
    expect(results[3]!.stdout.split("\n")).toContain("/srv/file");
    expect(results[5]!.stdout.split("\n")).toContain("/srv/file");
  });

  it("removes what is there, wherever links lead, and says where nothing is", () => {
    const lines = results.slice(22, 26).map(({ status, stderr }) =>
      `${status} ${stderr.trimEnd()}`
    );
    expect(lines).toEqual([
      expect.stringMatching(/^2 nixoci: .*--rm: "\.\.\/x" may leave the image; name a file/),
      expect.stringMatching(/^2 .*--rm: "\/" is all of the image/),
      expect.stringMatching(/^1 .*--rm: there is no "\/nope" in the image; nixoci ls lists/),
      expect.stringMatching(/^1 .*--rm: there is no "\/hello\/nope" in the image/),
    ]);
    const files = results[27]!.stdout.split("\n");
    expect(files).toContain("/run/y");
    expect(files).not.toContain("/run/y/file");
  });

  it("refuses what is not an image, which would stay as it is", () => {
    expect(results[31]!.status).toBe(1);
    expect(results[31]!.stderr).toMatch(/ is an artifact \(a\/b\), not an image; take the digest/);
  });

  it("flattens as it squashes all", () => {
    expect(results[28]!.stdout).toMatch(/^sha256:/);
    expect(results[28]!.stdout).toBe(results[29]!.stdout);
  });

  it("puts another image's own layers on top, and not the base of both again", () => {
    const files = results[20]!.stdout.split("\n");
    expect(files).toContain("/srv/file");
    expect(files).not.toContain("/hello");
  });

  it("leaves directories of the image that files go below as they are", () => {
    const files = JSON.parse(results[16]!.stdout) as { path: string; mode: number; type: string }[];
    expect(files.find(({ path }) => path === "/tmp")).toMatchObject({ mode: 0o1777 });
    expect(files.find(({ path }) => path === "/var/run")).toMatchObject({ type: "symlink" });
    expect(files.map(({ path }) => path)).toContain("/run/y/file");
  });

  it("says in one line what is wrong", () => {
    const lines = results.slice(6, 12).map(({ status, stderr }) => `${status} ${stderr.trimEnd()}`);
    expect(lines).toEqual([
      expect.stringMatching(/^2 .*nothing is to change.*copy --all$/),
      expect.stringMatching(
        /^1 .*does not stand on the old base: layer 2 is not there, .*; it was built on/,
      ),
      expect.stringMatching(/^1 .*annotations do not say its base; name it by hand/),
      expect.stringMatching(/^1 .*--append: there is no /),
      expect.stringMatching(/^2 .*--squash: "0" is not a number of layers/),
      expect.stringMatching(/^1 .*there is no image for linux\/s390x; choose from linux\/amd64/),
    ]);
    expect(results[17]!.stderr).toMatch(/--append-to: \/hello\/x is not a directory/);
    expect(results[21]!.stderr).toMatch(
      /^\S+ .*--append: the image begins with all layers of oci-dir:examples/,
    );
    expect(results[12]!.stdout).not.toContain("x\n");
  });
});
