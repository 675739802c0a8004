/** Nix's database in an image: what is registered, and what becomes of a base's. */
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadSqlite } from "../../src/bytes/disk/sqlite.ts";
import { collectStream } from "../../src/bytes/stream.ts";
import type { Base } from "../../src/compose/base/base.ts";
import { build, type BuildOptions } from "../../src/compose/build.ts";
import type { Spec } from "../../src/compose/spec/spec.ts";
import { cat } from "../../src/flatten/mod.ts";
import { ls } from "../../src/flatten/mod.ts";
import type { Image } from "../../src/image/root.ts";
import { createPlanImage, readPlan, writePlan } from "../../src/plan/mod.ts";
import { createLayer, type MadeEntry } from "../../src/recipe/mod.ts";
import { makeDatabase, pathOf } from "../nix/support/store.ts";
import { temporaryFolder } from "../support/folder.ts";
import { HELLO, LIBC, LONE, ROOT, type SmallStore, smallStore } from "./store.ts";

const DATABASE = "/nix/var/nix/db/db.sqlite";
const NIX_READY = {
  Env: ["USER=root", "HOME=/root", "NIX_CONFIG=build-users-group =\nsandbox = false"],
};

/** The image of a SPEC over a small store, and what was noticed. */
async function built(
  spec: Spec,
  options: BuildOptions = {},
  { folder }: Pick<SmallStore, "folder"> | undefined = { folder: "" },
) {
  const notices: string[] = [];
  const all = {
    store: "store",
    closure: "graph.json",
    config: NIX_READY,
    includeNixDB: true,
    ...spec,
  };
  const result = await build(all, {
    folder: folder || (await smallStore()).folder,
    onNotice: ({ code, message }) => notices.push(`${code}: ${message}`),
    ...options,
  });
  return { ...result, notices };
}

/** The rows of the database in the image. */
async function rowsOf({ layers }: Image, query: string): Promise<unknown[]> {
  const file = join(await temporaryFolder(), "db.sqlite");
  await writeFile(file, await collectStream(cat({ layers }, DATABASE), Infinity, DATABASE));
  const db = new (loadSqlite().DatabaseSync)(file);
  try {
    return db.prepare(query).all().map((row) => Object.values(row)).flat();
  } finally {
    db.close();
  }
}

const pathsOf = (image: Image) => rowsOf(image, "SELECT path FROM ValidPaths ORDER BY id");

async function filesOf(image: Image) {
  return new Map([...await ls(image)].map((file) => [file.path, file]));
}

/** A base with files of its own. */
async function baseOf(made: readonly MadeEntry[]): Promise<Base> {
  const layer = await createLayer({ style: "dockertools", paths: [], made });
  return { image: await imageOf([layer]), reference: "oci-dir:base" };
}

async function imageOf(layers: Image["layers"]): Promise<Image> {
  const { image: made } = await build({ config: {} }, { folder: await temporaryFolder() });
  return { ...made, layers };
}

/** A base with a database of these paths, as Nix leaves it. */
async function nixBase(paths: readonly string[], more: readonly MadeEntry[] = []): Promise<Base> {
  const root = await temporaryFolder();
  const infos = paths.map((path) => ({
    path,
    narSize: 1,
    narHash: `sha256:${"5".repeat(64)}` as const,
    references: [],
    registrationTime: 9,
  }));
  (await makeDatabase(root, infos)).close();
  const content = await readFile(root + DATABASE);
  return await baseOf([
    { type: "directory", path: "/nix/var/nix", mode: 0o775, uid: 7, gid: 8 },
    { type: "file", path: DATABASE, content, mode: 0o640, uid: 7, gid: 8 },
    { type: "file", path: "/nix/var/nix/db/schema", content: "10\n" },
    ...paths.map((path): MadeEntry => ({ type: "file", path, content: "x" })),
    ...more,
  ]);
}

describe("a Nix database", () => {
  it.each([["dockertools", 315_532_800], ["nix2container", 0]] as const)(
    "in the style of %s has what the layers hold",
    async (style, time) => {
      const { image, notices } = await built({ style, deps: [HELLO, LONE] });
      expect(notices).toEqual([]);
      expect(await pathsOf(image)).toEqual([HELLO, LONE, LIBC]);
      expect(await rowsOf(image, "SELECT DISTINCT registrationTime FROM ValidPaths")).toEqual([
        time,
      ]);
      const files = await filesOf(image);
      expect(files.get(`/nix/var/nix/gcroots/docker/${HELLO.slice(11)}`)?.linkpath).toBe(HELLO);
      expect(files.get("/nix/var/nix/db/schema")?.size).toBe(2);
      expect(files.get("/nix/store")?.mode).toBe(0o755);
      expect(files.has("/nix/store/.links")).toBe(style === "nix2container");
      expect([...files.keys()].filter((path) => /big-lock|reserved|-wal|-shm|profiles/.test(path)))
        .toEqual([]);
    },
  );

  it("leaves out what is moved to the root, and what refers to that", async () => {
    const { image, notices } = await built({ style: "nix2container", copyToRoot: ROOT });
    expect(await pathsOf(image)).toEqual([HELLO, LIBC]);
    expect(notices).toEqual([]);
    const both = await built({ style: "nix2container", copyToRoot: ROOT, deps: ROOT });
    expect(await pathsOf(both.image)).toEqual([HELLO, ROOT, LIBC]);
    const torn = await built({
      style: "nix2container",
      copyToRoot: HELLO,
      deps: [LONE],
      layers: [{ deps: ROOT, ignore: HELLO }],
    });
    expect(await pathsOf(torn.image)).toEqual([LONE, LIBC]);
    expect(torn.notices).toEqual([
      `LEFT_OUT: the Nix database leaves out ${ROOT}, for it refers to ${HELLO}, which is not in it: ` +
      "nix-collect-garbage in a container deletes what it does not have",
    ]);
  });

  it("has what only the config mentions, and what files that describe layers hold", async () => {
    const { image } = await built({ config: { ...NIX_READY, Cmd: [`${HELLO}/bin/hello`] } });
    expect(await pathsOf(image)).toEqual([HELLO, LIBC]);
  });

  it("is there without any store path, and a notice says so", async () => {
    const { image, notices } = await built({ includeStorePaths: false, copyToRoot: ROOT });
    expect(await pathsOf(image)).toEqual([]);
    expect(notices).toEqual([
      "NIX: the Nix database is empty, for the image has no store paths: " +
      "nix-collect-garbage in a container deletes what is mounted in its store",
    ]);
  });

  it("belongs to the user of nixUid, with the folders about it", async () => {
    const { image } = await built({
      style: "nix2container",
      deps: LONE,
      nixUid: 1000,
      nixGid: 100,
      includeNixDB: null,
      initializeNixDatabase: true,
    });
    const files = await filesOf(image);
    for (
      const path of [
        "/nix",
        "/nix/store",
        "/nix/store/.links",
        "/nix/var",
        "/nix/var/nix",
        "/nix/var/nix/db",
        DATABASE,
      ]
    ) {
      expect(files.get(path)).toMatchObject({ uid: 1000, gid: 100 });
    }
    expect(files.get(LONE)).toMatchObject({ uid: 0, gid: 0 });
    const { image: all } = await built({ deps: LONE, uid: 5, gid: 6 });
    expect((await filesOf(all)).get(DATABASE)).toMatchObject({ uid: 5, gid: 6, mode: 0o644 });
  });

  it("is the same every time, and through a plan", async () => {
    const store = await smallStore();
    const one = await built({ deps: [HELLO, LONE] }, {}, store);
    const other = await built({ deps: [LONE, HELLO] }, {}, store);
    const digests = ({ layers }: Image) => layers.map(({ diffId }) => diffId);
    expect(digests(other.image).at(-1)).toBe(digests(one.image).at(-1));
    const plan = await readPlan(Buffer.from(writePlan(one.plan)), "image.json");
    const again = await createPlanImage(plan, { store: { root: store.store } });
    expect(await pathsOf(again)).toEqual([HELLO, LONE, LIBC]);
    expect(digests(again)).toEqual(digests(one.image));
  });

  it("is not there unless it is asked for", async () => {
    const { image, notices } = await built({ deps: LONE, includeNixDB: false, nixUid: 1000 });
    expect(image.layers.length).toBe(1);
    expect(notices).toEqual([
      "LEFT_OUT: nixUid and nixGid are of the Nix database (includeNixDB), which is not asked for",
    ]);
  });
});

describe("the database of a base", () => {
  it("has the new paths too, and keeps its rows, modes and owners", async () => {
    const old = pathOf("0", "old");
    const { image, notices } = await built({ deps: HELLO, uid: 3 }, { base: await nixBase([old]) });
    expect(await pathsOf(image)).toEqual([old, HELLO, LIBC]);
    expect(await rowsOf(image, "SELECT registrationTime FROM ValidPaths")).toEqual([
      9,
      315_532_800,
      315_532_800,
    ]);
    const files = await filesOf(image);
    expect(files.get(DATABASE)).toMatchObject({ mode: 0o640, uid: 7, gid: 8 });
    expect(files.get("/nix/var/nix")).toMatchObject({ mode: 0o775, uid: 7, gid: 8 });
    expect(notices).toEqual([]);
  });

  it("is the last of several, each of which has all", async () => {
    const store = await smallStore();
    const first = await built({ deps: LIBC }, {}, store);
    const base = { image: first.image, reference: "oci-dir:base" };
    const second = await built({ deps: HELLO, nixUid: 4 }, { base }, store);
    expect(await pathsOf(second.image)).toEqual([LIBC, HELLO]);
    const third = await built({ deps: LONE }, { base: { ...base, image: second.image } }, store);
    expect(await pathsOf(third.image)).toEqual([LIBC, HELLO, LONE]);
    const files = await filesOf(third.image);
    expect(files.get(DATABASE)).toMatchObject({ uid: 4, gid: 0 });
    expect([...files.keys()].filter((path) => path.includes("gcroots/docker/")).length).toBe(3);
  });

  it("gets what the base has without registering it", async () => {
    const store = await smallStore();
    const { image: bare } = await built({ deps: HELLO, includeNixDB: false }, {}, store);
    const strange = pathOf("1", "strange");
    const layer = await createLayer({
      style: "dockertools",
      paths: [],
      made: [{ type: "file", path: strange, content: "" }],
    });
    const base = { image: { ...bare, layers: [...bare.layers, layer] }, reference: "oci-dir:base" };
    const { image, notices } = await built({ deps: LONE }, { base }, store);
    expect(await pathsOf(image)).toEqual([HELLO, LONE, LIBC]);
    expect(notices).toEqual([
      expect.stringContaining(`leaves out ${strange}, for nothing describes it`),
    ]);
  });

  it("has what a writer left in its WAL, which is gone then", async () => {
    const wal: MadeEntry[] = [];
    const root = await temporaryFolder();
    const writer = await makeDatabase(root, []);
    writer.exec(
      "INSERT INTO ValidPaths (path, hash, registrationTime) VALUES ('/other/store/x', 'y', 1)",
    );
    for (const end of ["-wal", "-shm"]) {
      wal.push({
        type: "file",
        path: DATABASE + end,
        content: await readFile(root + DATABASE + end),
      });
    }
    wal.push({ type: "file", path: DATABASE, content: await readFile(root + DATABASE) });
    writer.close();
    const { image, notices } = await built({ deps: LONE }, { base: await baseOf(wal) });
    expect(await pathsOf(image)).toEqual(["/other/store/x", LONE]);
    expect([...(await filesOf(image)).keys()].filter((path) => /-(wal|shm)/.test(path))).toEqual(
      [],
    );
    expect(notices).toEqual([
      "NIX: the base's Nix database has a path outside of /nix/store: they stay, and nix-store --verify stops there",
    ]);
  });

  it("is refused by name where its schema is another", async () => {
    const base = await nixBase([]);
    const layer = await createLayer({
      style: "dockertools",
      paths: [],
      made: [{ type: "file", path: "/nix/var/nix/db/schema", content: "11" }],
    });
    const newer = { ...base, image: { ...base.image, layers: [...base.image.layers, layer] } };
    await expect(built({ deps: LONE }, { base: newer })).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: `Cannot read the Nix database ${DATABASE} of the base: its schema is 11`,
    });
  });

  it.each([
    ["/nix/var", "/nix/var is a symlink, not a directory"],
    [DATABASE, `${DATABASE} is a symlink, not a file`],
  ])("cannot be where the base has a link: %s", async (path, why) => {
    const base = await baseOf([{ type: "symlink", path, target: "/data" }]);
    await expect(built({ deps: LONE }, { base })).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: `Cannot put a Nix database over the base: its ${why}`,
    });
  });

  it.each([
    ["none", () => baseOf([{ type: "file", path: "/etc/passwd", content: "" }])],
    ["one", () => nixBase([pathOf("0", "old")])],
  ])("is looked for once in a base that has %s", async (_, makeBase) => {
    const base = await makeBase();
    let reads = 0;
    const [layer] = base.image.layers;
    const counted = { ...layer!, open: (options?: object) => (reads++, layer!.open(options)) };
    const memory = new Map<string, readonly string[]>();
    const bases = {
      get: (key: string) => Promise.resolve(memory.get(key)),
      set: (key: string, paths: readonly string[]) => Promise.resolve(void memory.set(key, paths)),
    };
    const options = { base: { ...base, image: { ...base.image, layers: [counted] } }, bases };
    const first = await built({ deps: LONE }, options);
    const before = reads;
    const second = await built({ deps: LONE }, options);
    expect(reads).toBe(before);
    expect(second.image.manifest.descriptor).toEqual(first.image.manifest.descriptor);
  });
});

describe("what Nix lacks in a container", () => {
  const lackingOf = async (spec: Spec, options?: BuildOptions) =>
    (await built({ deps: LONE, config: {}, ...spec }, options)).notices;
  const files = async (contents: Readonly<Record<string, string>>) => {
    const root = await mkdtemp(join(await temporaryFolder(), "root-"));
    for (const [name, text] of Object.entries(contents)) {
      await mkdir(join(root, name, ".."), { recursive: true });
      await writeFile(join(root, name), text);
    }
    return root;
  };

  it("is said in one notice", async () => {
    expect(await lackingOf({})).toEqual([
      'NIX: Nix in a container lacks USER and HOME in Env, or /etc/passwd; "build-users-group =" and ' +
      '"sandbox = false" in /etc/nix/nix.conf or NIX_CONFIG',
    ]);
    expect(await lackingOf({ config: { User: "1000", Env: ["USER=me"] } })).toEqual([
      'NIX: Nix in a container lacks HOME in Env, or /etc/passwd; "sandbox = false" in /etc/nix/nix.conf ' +
      "or NIX_CONFIG",
    ]);
  });

  it("is nothing where the image's files say it", async () => {
    const conf = "sandbox = false\nbuild-users-group =\n";
    const copyToRoot = await files({
      "etc/passwd": "root:x:0:0::/root:/bin/sh",
      "etc/nix/nix.conf": conf,
    });
    expect(await lackingOf({ copyToRoot })).toEqual([]);
    const part = await files({ "etc/passwd": "", "etc/nix/nix.conf": "# sandbox\n" });
    expect(await lackingOf({ copyToRoot: part, config: { User: "nobody" } })).toEqual([
      'NIX: Nix in a container lacks "sandbox = false" in /etc/nix/nix.conf or NIX_CONFIG',
    ]);
  });

  it("is nothing where the base's files say it", async () => {
    const content = "sandbox = false\nbuild-users-group =\n";
    const base = await baseOf([
      { type: "file", path: "/etc/passwd", content: "" },
      { type: "file", path: "/etc/nix/nix.conf", content },
    ]);
    expect(await lackingOf({}, { base })).toEqual([]);
  });
});
