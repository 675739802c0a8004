/** The verbs that build images, on a small store. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HELLO, LIBC, LONE, makeSmallStore, ROOT } from "../../../compose/store.ts";
import { fakeEngine } from "../../../support/fake-engine.ts";
import { folderToDispose } from "../../../support/folder.ts";
import { type Outcome, outcomes } from "../../run.ts";

let folder: string;
let dispose: () => Promise<void>;
const seen = new Map<string, Outcome>();

/** Each line has a name; `IN` is the folder. They run in this order. */
const LINES: Readonly<Record<string, string>> = {
  schema: "build --schema",
  build: "build -q IN/spec.json oci-dir:IN/out:app",
  "build again": "build -q IN/spec.json oci-dir:IN/again:app",
  plan: "plan IN/spec.json -o IN/image.json",
  "plan json": "plan IN/spec.json --json -o IN/image2.json",
  "plan to stdout": "plan IN/spec.json",
  "copy plan": "copy -q --store IN/store nix:IN/image.json oci-dir:IN/copied:app",
  "by words": `build -q --path ${HELLO} --closure IN/graph.json --store IN/store --cmd hello ` +
    "--env A=1 --max-layers 3 --name app --tag 1.0 docker-archive:IN/words.tar",
  "tells its name":
    "build --copy-to-root IN/rootfs --cmd /bin/app --name app docker-archive:IN/told.tar",
  "has the name given":
    "build --copy-to-root IN/rootfs --cmd /bin/app docker-archive:IN/told2.tar:app:1",
  words: "inspect --json docker-archive:IN/words.tar",
  "named in another style":
    "build -q --style nix2container --copy-to-root IN/rootfs --cmd /bin/app " +
    "--name app --tag 1.0 docker-archive:IN/full.tar",
  "named by place":
    "build -q --copy-to-root IN/rootfs --cmd /bin/app docker-archive:IN/given.tar:me/app:2",
  "plan by words": `plan --path ${HELLO} --closure IN/graph.json --store IN/store --cmd hello ` +
    "-o IN/words.json",
  "named plan": "copy -q --store IN/store nix:IN/words.json docker-archive:IN/plan.tar:me/app:3",
  "copied archive": "copy -q --all docker-archive:IN/given.tar docker-archive:IN/copied.tar",
  "from folder": "build -q --copy-to-root IN/rootfs --cmd /bin/app oci-dir:IN/plain",
  "ls folder": "ls oci-dir:IN/plain",
  "on it": "build -q --from IN/plain --copy-to-root IN/more -e B=2 oci-dir:IN/on",
  "ls on it": "ls oci-dir:IN/on",
  "on archive": "build -q --from IN/words.tar --env C=3 oci-dir:IN/on-archive",
  "inspect on archive": "inspect --json oci-dir:IN/on-archive",
  "plan on plan": "plan --store IN/store --from IN/image.json --env D=4",
  "plan on layout": "plan --from IN/plain --env D=4",
  "ready base": "build -q --copy-to-root IN/rootfs --entrypoint rootfs --cmd x --user 1000 " +
    "--workdir /w --label a=1 --env E=1 oci-dir:IN/ready",
  "labelled": "build -q --from IN/ready --label b=2 oci-dir:IN/labelled",
  "inspect labelled": "inspect --json oci-dir:IN/labelled",
  "only variables": "build -q --from IN/ready --label b=2 --inherit env oci-dir:IN/variables",
  "inspect only variables": "inspect --json oci-dir:IN/variables",
  "by SPEC": "build -q IN/labels.json --from IN/ready oci-dir:IN/by-spec",
  "inspect by SPEC": "inspect --json oci-dir:IN/by-spec",
  "no such command": "build --copy-to-root IN/rootfs --cmd nosuch oci-dir:IN/none",
  "no files": "build --cmd /bin/app oci-dir:IN/none",
  zstd: "build -q IN/zstd.json oci-dir:IN/zstd",
  "inspect zstd": "inspect --json oci-dir:IN/zstd",
  "zstd in archive": "build -q IN/zstd.json docker-archive:IN/zstd.tar",
  "for nix-snapshotter": "build --nix-snapshotter IN/spec.json oci-dir:IN/nix:app",
  "inspect for nix-snapshotter": "inspect --raw oci-dir:IN/nix:app",
  "nix-snapshotter by archive": "build --nix-snapshotter IN/spec.json docker-archive:IN/nix.tar",
  "nix-snapshotter by Podman": "build --nix-snapshotter IN/spec.json podman:nix",
  "dry run": "build --dry-run --json IN/spec.json oci-dir:IN/dry",
  layers: "layers IN/graph.json --store IN/store --max-layers 2 -o IN/layers.json",
  "more layers": "layers IN/graph.json --store IN/store --parent IN/layers.json",
  kept: `layers IN/graph.json --store IN/store --path ${HELLO} --max-layers 2 ` +
    "--tar-directory IN/tars -o IN/kept.json --json",
  "with kept": "build -q --layer IN/kept.json --copy-to-root IN/rootfs oci-dir:IN/with-kept",
  "ls with kept": "ls oci-dir:IN/with-kept",
  "plan on kept": "plan IN/on-kept.json --layer IN/layers.json",
  "false digest": "build -q --layer IN/false.json oci-dir:IN/none",
  "no layers": "build IN/gone.json oci-dir:IN/none",
  "bad perms": "layers IN/graph.json --store IN/store --perms IN/perms.json",
  "no closure": "layers --store IN/store",
  "no store": `build --path ${HELLO} --store IN/rootfs oci-dir:IN/none`,
  "wrong field": "build IN/wrong.json oci-dir:IN/none",
  "wrong operation": "build IN/operation.json oci-dir:IN/none",
  "wrong flag": "build --created yesterday oci-dir:IN/none",
  "no destination": "build IN/spec.json",
  "says nothing": "build --store IN/store oci-dir:IN/none",
  "plans nothing": "plan",
  "no scheme": "build IN/spec.json IN/out",
  "base for another": "build --from IN/plain --platform s390x oci-dir:IN/none",
  "no base": "build --from IN/nothing.tar oci-dir:IN/none",
  "base without registry": "build --from debian:12 oci-dir:IN/none",
  "which of what": "build IN/which.json oci-dir:IN/none",
};

/** Has the size of a file that is there, and the digest of no file. */
const FALSE = {
  digest: `sha256:${"0".repeat(64)}`,
  diff_ids: `sha256:${"0".repeat(64)}`,
  size: "rootfs".length,
  mediatype: "application/vnd.oci.image.layer.v1.tar",
};

beforeAll(async () => {
  ({ path: folder, dispose } = await folderToDispose());
  await makeSmallStore(folder);
  const json = (name: string, value: unknown) =>
    writeFile(join(folder, name), JSON.stringify(value));
  const store = { store: "store", closure: "graph.json" };
  await json("spec.json", {
    ...store,
    style: "nix2container",
    name: "App",
    copyToRoot: ROOT,
    maxLayers: 2,
    config: { cmd: ["hi"], Healthcheck: { Test: ["NONE"] } },
  });
  await json("zstd.json", { ...store, fromImage: "plain", deps: LIBC, compressor: "zstd" });
  await json("on-kept.json", { ...store, deps: [HELLO, ROOT], layers: ["./kept.json"] });
  await json("labels.json", { config: { Labels: { b: "2" } } });
  await json("gone.json", { layers: [{ layers: ["gone/layers.json"] }] });
  await json("false.json", [{ ...FALSE, "layer-path": "rootfs/bin/rootfs" }]);
  await json("wrong.json", { layers: [{ maxLayer: 3 }] });
  await json("operation.json", { ...store, deps: LIBC, layeringPipeline: [["popularity"]] });
  await json("which.json", { fromImageName: "a", fromImageTag: "b" });
  await json("perms.json", [{ path: "/elsewhere", regex: ".*", mode: "0600" }]);
  for (const name of ["rootfs", "more"]) {
    await mkdir(join(folder, name, "bin"), { recursive: true });
    await writeFile(join(folder, name, "bin", name), name, { mode: 0o755 });
  }
  const names = Object.keys(LINES);
  const all = await outcomes(
    names.map((name) => LINES[name]!.replaceAll("IN/", `${folder}/`).split(" ")),
  );
  names.forEach((name, i) => seen.set(name, all[i]!));
});
afterAll(() => dispose());

const outcome = (name: string): Outcome => {
  const { status, stdout, stderr } = seen.get(name)!;
  return { status, stdout, stderr: stderr.replaceAll(folder, "") };
};
const printed = (name: string) => {
  const { status, stdout, stderr } = outcome(name);
  expect([status, stderr]).toEqual([0, ""]);
  return stdout;
};

it.each([
  ["words", "app:1.0"],
  ["given", "me/app:2"],
  ["plan", "me/app:3"],
  ["full", "docker.io/library/app:1.0"],
  ["copied", "docker.io/me/app:2"],
])("names images in archives as the style's own tools do (%s)", async (file, name) => {
  expect((await readFile(join(folder, `${file}.tar`))).includes(`"RepoTags":["${name}"]`)).toBe(
    true,
  );
});

describe("build", () => {
  it("prints its schema", () => {
    expect(JSON.parse(printed("schema"))).toMatchObject({ type: "object" });
  });

  it("makes the same image again, and the one that its plan copies", async () => {
    expect(printed("build")).toMatch(/^sha256:[0-9a-f]{64}\n$/);
    expect(printed("build again")).toBe(printed("build"));
    expect(printed("plan")).toBe(printed("build"));
    expect(printed("copy plan")).toBe(printed("build"));
    const blobs = async (name: string) => await readdir(join(folder, name, "blobs/sha256"));
    expect(await blobs("copied")).toEqual(await blobs("out"));
  });

  it("says in words what a SPEC says", () => {
    printed("by words");
    expect(JSON.parse(printed("words"))).toMatchObject({
      config: { Cmd: [`${HELLO}/bin/hello`], Env: ["A=1"] },
      created: "1970-01-01T00:00:01Z",
      layers: [{}, {}],
    });
  });

  it("leaves store paths out for nix-snapshotter, where annotations can say so", () => {
    const { status, stderr } = outcome("for nix-snapshotter");
    expect([status, stderr]).toEqual([0, expect.stringContaining("its store paths are left out")]);
    const { layers } = JSON.parse(printed("inspect for nix-snapshotter"));
    const said = layers.flatMap(({ annotations = {} }) => Object.values(annotations));
    expect([...new Set(said)].sort()).toEqual([HELLO, LIBC, "true"].sort());
    for (const [name, scheme] of [["archive", "docker-archive"], ["Podman", "podman"]]) {
      expect(outcome(`nix-snapshotter by ${name}`)).toMatchObject({
        status: 2,
        stderr: expect.stringContaining(`${scheme}: keeps no annotations`),
      });
    }
  });

  it("needs no Nix for folders, nor a scheme for bases", () => {
    printed("from folder");
    expect(printed("ls folder")).toBe("/bin\n/bin/rootfs\n");
    printed("on it");
    expect(printed("ls on it")).toBe("/bin\n/bin/more\n/bin/rootfs\n");
    printed("on archive");
    expect(JSON.parse(printed("inspect on archive"))).toMatchObject({
      config: { Env: ["A=1", "C=3"] },
    });
  });

  it("keeps all of a base's config where flags alone say what changes", () => {
    for (const name of ["ready base", "labelled", "only variables", "by SPEC"]) printed(name);
    const configIn = (name: string) => JSON.parse(printed(name)).config;
    expect(configIn("inspect labelled")).toEqual({
      User: "1000",
      Env: ["E=1"],
      Entrypoint: ["/bin/rootfs"],
      Cmd: ["x"],
      WorkingDir: "/w",
      Labels: { a: "1", b: "2" },
    });
    const variables = { Env: ["E=1"], Labels: { b: "2" } };
    expect(configIn("inspect only variables")).toEqual(variables);
    expect(configIn("inspect by SPEC")).toEqual(variables);
  });

  it("compresses as the SPEC says, where layers are not to be plain, and leaves the base's", () => {
    printed("zstd");
    const { layers } = JSON.parse(printed("inspect zstd"));
    expect(layers.map(({ mediaType }: { mediaType: string }) => mediaType)).toEqual([
      expect.stringMatching(/zstd$/),
      expect.stringMatching(/zstd$/),
    ]);
    printed("zstd in archive");
  });

  it("says what would move", async () => {
    const { status, stdout } = outcome("dry run");
    expect(status).toBe(0);
    expect(JSON.parse(stdout).blobs.filter(({ moves }: { moves: boolean }) => moves).length).toBe(
      3,
    );
    expect(await readdir(folder)).not.toContain("dry");
  });
});

describe("plan", () => {
  it("prints the plan, or writes it and prints what it is", async () => {
    expect(printed("plan to stdout")).toBe(await readFile(join(folder, "image.json"), "utf8"));
    expect(JSON.parse(printed("plan json"))).toEqual({
      digest: printed("plan").trim(),
      imageId: expect.stringMatching(/^sha256:/),
      name: expect.stringMatching(/^app:[0-9a-z]{32}$/),
      layers: 2,
    });
  });

  it("says of bases where their layers are, so that nix2container finds them", async () => {
    const below = JSON.parse(await readFile(join(folder, "image.json"), "utf8")).layers;
    const onPlan = JSON.parse(printed("plan on plan"));
    expect(onPlan.layers).toMatchObject(
      below.map(({ digest, paths }: { digest: string; paths: unknown }) => ({ digest, paths })),
    );
    const [layer] = JSON.parse(printed("plan on layout")).layers;
    expect(layer["layer-path"]).toBe(
      join(folder, "plain/blobs", layer.digest.replace(":", "/")),
    );
  });

  it("says what nix2container says", async () => {
    const plan = JSON.parse(await readFile(join(folder, "image.json"), "utf8"));
    expect(plan).toMatchObject({
      version: 1,
      "image-config": { Cmd: ["hi"], Healthcheck: { Test: ["NONE"] } },
      created: "0001-01-01T00:00:00Z",
      layers: [
        { paths: [{ path: LIBC }], History: { created_by: "nix2container" } },
        {
          paths: [
            { path: HELLO },
            { path: ROOT, options: { rewrite: { regex: `^${ROOT}`, repl: "" } } },
          ],
        },
      ],
    });
  });
});

describe("layers", () => {
  const pathsIn = (text: string): string[][] =>
    JSON.parse(text).map(({ paths }: { paths: { path: string }[] }) => paths.map((p) => p.path));

  it("describes a whole closure, or what is not in the layers below", async () => {
    expect(printed("layers").trim().split("\n").length).toBe(2);
    const [first, second] = pathsIn(await readFile(join(folder, "layers.json"), "utf8"));
    expect(first).toEqual([LIBC]);
    expect(second!.toSorted()).toEqual([HELLO, ROOT, LONE].toSorted());
    expect(pathsIn(printed("more layers"))).toEqual([]);
  });

  it("keeps each layer's own tar", async () => {
    const layers = JSON.parse(printed("kept"));
    const names = layers.map(({ digest }: { digest: string }) => `${digest.split(":")[1]}.tar`);
    expect((await readdir(join(folder, "tars"))).toSorted()).toEqual(names.toSorted());
    const kept = JSON.parse(await readFile(join(folder, "kept.json"), "utf8"));
    expect(kept.map((layer: Record<string, unknown>) => layer["layer-path"])).toEqual(
      names.map((name: string) => join(folder, "tars", name)),
    );
    // nix2container puts every path into every layer that it keeps.
    expect(new Set(names).size).toBe(2);
    expect(pathsIn(JSON.stringify(kept))).toEqual([[LIBC], [HELLO]]);
  });
});

describe("layers that a file describes", () => {
  it("are in the image, from the tars that were kept: no store is asked", () => {
    printed("with kept");
    const files = printed("ls with kept").trim().split("\n");
    expect(files).toEqual(expect.arrayContaining([`${HELLO}/bin/hello`, "/bin/rootfs"]));
  });

  it("come before the image's own, which leave their paths out", async () => {
    const named = async (name: string) =>
      JSON.parse(await readFile(join(folder, name), "utf8")) as object[];
    const { layers } = JSON.parse(printed("plan on kept"));
    const [libc, ...others] = await named("layers.json");
    const kept = await named("kept.json");
    expect(kept).toContainEqual(expect.objectContaining(libc)); // in both, and in the image once
    expect(layers).toEqual([...kept, ...others]);
  });
});

describe("what is wrong is said in a line", () => {
  it.each<[string, number, string]>([
    [
      "wrong field",
      2,
      "/wrong.json: layers[0].maxLayer: there is no such field; did you mean maxL",
    ],
    ["wrong operation", 2, 'layeringPipeline[0]: there is no operation "popularity"'],
    ["wrong flag", 2, 'the flags: created: must be "now" or a time such as'],
    ["no destination", 2, "Missing arguments: build needs DESTINATION; usage: nixoci build"],
    ["says nothing", 2, "Nothing says what the image is made of; name a SPEC, or give --path"],
    ["plans nothing", 2, "Nothing says what the image is made of"],
    ["no scheme", 2, '"/out" does not say where the image is'],
    ["no store", 1, "Cannot read the Nix database /rootfs/nix/var/nix/db/db.sqlite"],
    ["base for another", 1, "not for linux/s390x"],
    ["no such command", 2, 'config.Cmd: the image has no program "nosuch": it is not in /bin, '],
    ["no files", 2, 'config.Cmd: "/bin/app" cannot run: the image has no files'],
    ["no base", 1, "fromImage: cannot read /nothing.tar: no such file or directory"],
    ["base without registry", 1, "directory; write registry:debian:12 for an image in a registry"],
    ["which of what", 2, "fromImageName: of what?; give fromImage too"],
    ["false digest", 1, `layer ${FALSE.digest}: ${FALSE.digest} has the wrong content`],
    ["no layers", 1, "layers[0].layers[0]: /gone/layers.json: no such file or directory"],
    ["bad perms", 2, "perms[0].path: /elsewhere is not in the closure"],
    ["no closure", 1, "db.sqlite"],
  ])("%s", (name, status, message) => {
    const { stderr, ...rest } = outcome(name);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^nixoci: [^\n]*\n$/);
    expect(rest).toEqual({ status, stdout: "" });
  });
});

it("tells the name that it has given", () => {
  expect(seen.get("tells its name")!.stderr).toMatch(
    /^nixoci: the image is called app:[a-z0-9]{32}$/m,
  );
  expect(seen.get("has the name given")!.stderr).not.toContain("is called");
});

it("tells that --tag says nothing where the destination names the image", async () => {
  const { host } = await fakeEngine();
  const build = (...words: string[]) => [
    ...["build", "--host", host, "--copy-to-root", join(folder, "rootfs"), "--tag", "v9"],
    ...words,
  ];
  const [lost, kept, open] = await outcomes([
    build("daemon:app"),
    build("daemon:app:v9"),
    build("--name", "app", "daemon:"),
  ]);
  expect(lost!.stderr).toMatch(
    /^nixoci: --tag v9 says nothing here, for daemon:app names the image: put it there$/m,
  );
  for (const one of [kept, open]) expect(one!.stderr).not.toContain("--tag");
  expect([lost, kept, open].map((one) => one!.status)).toEqual([0, 0, 0]);
});
