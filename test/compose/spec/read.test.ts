/** What is wrong with a SPEC is said by its path, in a line. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkSpec, readSpec } from "../../../src/compose/spec/read.ts";
import { draftImage } from "../../../src/compose/draft-image.ts";
import { temporaryFolder } from "../../support/folder.ts";

/** The message and hint of the refusal. */
async function refusal(value: unknown): Promise<string> {
  try {
    await draftImage(await checkSpec(value, "app.json"), { folder: "/where" });
  } catch (error) {
    const { message, hint } = error as { message: string; hint?: string };
    return hint === undefined ? message : `${message}; ${hint}`;
  }
  throw new Error("it was accepted");
}

describe("a wrong SPEC", () => {
  it.each<[unknown, string]>([
    [[], "app.json: must be an object"],
    ["hello", "app.json: must be an object"],
    [{ maxlayers: 3 }, "app.json: maxlayers: there is no such field; did you mean maxLayers?"],
    [{ layers: [{ dep: [] }] }, "layers[0].dep: there is no such field; did you mean deps?"],
    [
      { layers: [{ layers: [{ name: "x" }] }] },
      "layers[0].layers[0].name: there is no such field; the fields are deps, copyToRoot, perms,",
    ],
    [{ maxLayers: 0 }, "app.json: maxLayers: must be a whole number, 1 or more"],
    [{ maxLayers: "9" }, "app.json: maxLayers: must be a whole number, 1 or more"],
    [{ layers: [{ maxLayers: 1.5 }] }, "layers[0].maxLayers: must be a whole number, 1 or more"],
    [{ layers: {} }, "app.json: layers: must be a list of layers"],
    [{ layers: "layers.json" }, "app.json: layers: must be a list of layers"],
    [{ layers: [""] }, "app.json: layers[0]: must not be empty"],
    [{ config: { Cmd: ["a\0b"] } }, "config.Cmd[0]: has a NUL character in it"],
    [{ config: { Labels: { "a\0": "b" } } }, "config.Labels: has a NUL character in it"],
    [{ name: "a\0b" }, "name: has a NUL character in it"],
    [{ layers: [{ copyToRoot: "a\0" }] }, "layers[0].copyToRoot: has a NUL character in it"],
    [{ layers: ["a", 3] }, "layers[1]: must be an object that describes a layer, or a file that"],
    [{ layers: [{ layers: ["a", []] }] }, "layers[0].layers[1]: must be an object that describes"],
    [{ deps: [3] }, "app.json: deps[0]: must be a string"],
    [{ deps: { a: 1 } }, "app.json: deps: must be a path or a list of paths"],
    [{ deps: ["/nix/store/x", ""] }, "app.json: deps[1]: must not be empty"],
    [{ name: "" }, "app.json: name: must not be empty"],
    [{ name: "my app" }, "name: "],
    [{ name: "app:1.0" }, 'name: "app:1.0" is more than a name; give tag: "1.0"'],
    [{ tag: "a/b" }, 'tag: "a/b" cannot be a tag; a tag has up to 128 letters'],
    [{ layeringPipeline: [["revers"]] }, 'layeringPipeline[0]: there is no operation "revers"'],
    [
      { hardening: { presets: "capabilities", capabilities: ["CAP_KILL", "NET_ADMINS"] } },
      "app.json: hardening.capabilities[1]: must be a capability of Linux, such as NET_ADMIN",
    ],
    [
      { hardening: { presets: "capabilities", capabilities: ["ALL"] } },
      "app.json: hardening.capabilities[0]: must be a capability of Linux, such as NET_ADMIN",
    ],
    ...["http", "0", "80/http", "65536", "90-80", "80/tcp/udp", ""].map((
      port,
    ): [unknown, string] => [
      { config: { exposedPorts: { "80": {}, "53/udp": {}, "8000-8080/TCP": {}, [port]: {} } } },
      `config.ExposedPorts: ${JSON.stringify(port)} is not a port; write a number from 1 to 65535`,
    ]),
    [{ style: "docker" }, "app.json: style: must be dockertools or nix2container"],
    [{ inherit: "some" }, "app.json: inherit: must be none, env or all"],
    [{ compressor: "xz" }, "app.json: compressor: must be none, gz or zstd"],
    [{ created: "yesterday" }, 'created: must be "now" or a time such as 2026-01-31T12:00:00Z'],
    [{ mtime: "2026-02-31T00:00:00Z" }, 'mtime: must be "now" or a time such as'],
    [{ layers: [{ metadata: { created: "now" } }] }, "created: must be a time such as 2026-"],
    [{ perms: [{ path: "/a" }] }, "app.json: perms[0].regex: must be a string"],
    [{ perms: [{ path: "/a", regex: "(" }] }, "perms[0].regex: "],
    [{ perms: [{ path: "/a", regex: ".*", mode: "rwx" }] }, "perms[0].mode: must be octal digits"],
    [{ perms: [{ path: "/a", regex: ".*", uid: -1 }] }, "perms[0].uid: must be a whole number, 0"],
    [{ annotations: { a: 1 } }, "app.json: annotations.a: must be a string"],
    [{ config: [] }, "app.json: config: must be an object"],
    [{ config: { Env: ["A"] } }, "config.Env: must be a list of NAME=value"],
    [{ config: { cmd: "/bin/sh" } }, "config.cmd: must be a list of strings"],
    [{ config: { Cmd: [], cmd: [] } }, "config.cmd: is there twice, as Cmd in other case"],
    [{ config: { Healthcheck: { Test: "x" } } }, "config.Healthcheck.Test: must be a list"],
    [{ layers: [{ contents: "/x" }] }, "layers[0].contents: is not built by nixoci yet; links at"],
    [
      { layers: [{ reproducible: false }] },
      "make it with nixoci layers --tar-directory tars -o layers",
    ],
    [{ runAsRoot: ["x"] }, "app.json: runAsRoot: must be a string"],
    [{ limits: { time: 0 } }, "app.json: limits.time: must be a whole number, 1 or more"],
    [{ limits: { memory: 1 } }, "limits.memory: there is no such field; the fields are time, size"],
    [{ run: "make" }, "app.json: run: must be a list of commands"],
    [{ run: ["make", { a: 1 }] }, "app.json: run[1]: must be a"],
  ])("%j", async (value, words) => expect(await refusal(value)).toContain(words));

  it("reads layers in layers, hundreds of levels deep", async () => {
    const file = join(await temporaryFolder(), "deep.json");
    // By hand: JSON.stringify itself runs out of stack at 4,000 levels on Node 22.
    const nest = (levels: number) =>
      `{"name": "deep", "layers": [${`{"layers": [`.repeat(levels)}{"deps": []}${
        "]}".repeat(levels)
      }]}`;
    await writeFile(file, nest(400));
    expect((await readSpec(file)).spec).toMatchObject({ name: "deep" });
    await writeFile(file, nest(4_000));
    await expect(readSpec(file)).rejects.toThrow(/deep\.json is nested deeper than 1000 levels$/);
  });

  it("is found in its text too", async () => {
    const file = join(await temporaryFolder(), "app.json");
    await writeFile(file, `{"name": "a", "Name": "b"}`);
    await expect(readSpec(file)).rejects.toThrow(
      /app\.json is not valid JSON: a key .*line 1 column 15/,
    );
    await writeFile(file, `{"name": `);
    await expect(readSpec(file)).rejects.toThrow(/app\.json is not valid JSON/);
    await expect(readSpec(join(file, ".."))).rejects.toThrow(/^Cannot read the spec .*directory$/);
    await writeFile(file, " ".repeat(17 * 1024 * 1024));
    await expect(readSpec(file)).rejects.toMatchObject({ code: "LIMIT" });
    await expect(readSpec("/nowhere.json")).rejects.toThrow(
      "Cannot read the spec /nowhere.json: no such file or directory",
    );
  });
});

describe("a SPEC", () => {
  it("takes null for nothing said, as Nix writes it", async () => {
    const spec = await checkSpec(
      { name: "a", tag: null, fromImage: null, config: null },
      "app.json",
    );
    expect(await draftImage(spec)).toEqual(await draftImage({ name: "a" }));
  });

  it("may have what is not built here, as long as it asks for nothing", async () => {
    const nothing = { contents: [], extraCommands: "", diskSize: null, runAsRoot: null };
    expect(await checkSpec({ name: "a", ...nothing }, "app.json")).toEqual({ name: "a" });
    const layers = [{ deps: [], reproducible: true, contents: null, layers: [{ contents: [] }] }];
    expect(await checkSpec({ layers, meta: {} }, "app.json"))
      .toEqual({ layers: [{ deps: [], layers: [{}] }] });
  });

  it("may say everything", async () => {
    const layer = { deps: [], copyToRoot: null, ignore: "/x", maxLayers: 2, perms: [], layers: [] };
    const spec = {
      $schema: "./build.schema.json",
      style: "nix2container",
      name: "App",
      tag: "1",
      deps: "/nix/store/a",
      copyToRoot: ["./root"],
      fromImage: "base.tar",
      fromImageName: "base",
      fromImageTag: "1",
      config: { cmd: ["/bin/app"], healthCheck: { test: ["NONE"] }, Unknown: 3 },
      inherit: "all",
      architecture: "arm64",
      os: "linux",
      variant: "v8",
      created: "now",
      mtime: "2020-01-01",
      uid: 1000,
      gid: 100,
      uname: "jane",
      gname: "users",
      maxLayers: 3,
      layeringPipeline: [["reverse"]],
      layers: [{ ...layer, layers: [layer], metadata: { created_by: "me" } }, "x.json"],
      perms: [{ path: "./root", regex: "bin/.*", mode: "0755", uid: 1 }],
      includeStorePaths: false,
      compressor: "zstd",
      annotations: { a: "b" },
      store: "/mnt",
      closure: "graph.json",
    };
    const image = await draftImage(await checkSpec(spec, "app.json"), {
      folder: "/where",
      now: new Date(0),
      base: { rootfs: {} },
    });
    expect(image).toMatchObject({
      name: "app",
      config: {
        created: "1970-01-01T00:00:00Z",
        config: { Cmd: ["/bin/app"], Healthcheck: { Test: ["NONE"] }, Unknown: 3 },
        architecture: "arm64",
        os: "linux",
        variant: "v8",
      },
      plan: { annotations: { a: "b" } },
      store: { root: "/mnt", descriptions: ["/where/graph.json"] },
      includeStorePaths: false,
      pipeline: [["reverse"]],
      files: { mtime: 1577836800, uid: 1000, gid: 100, uname: "jane", gname: "users" },
      own: { copyToRoot: [{ path: "/where/root", at: "copyToRoot[0]" }], maxLayers: 3 },
    });
    expect(image.own.perms).toEqual([
      { path: "/where/root", at: "perms[0]", perm: { regex: "bin/.*", mode: "0755", uid: 1 } },
    ]);
    expect(image.explicit.map(({ at }) => at)).toEqual([
      "layers[0].layers[0]",
      "layers[0]",
      "layers[1]",
    ]);
    expect(image.explicit.at(-1)).toEqual({ path: "/where/x.json", at: "layers[1]" });
  });

  it("says how what is made of it is copied", async () => {
    const traits = { synthetic: true, namesAsGiven: true };
    expect((await draftImage({})).traits).toEqual(traits);
    expect((await draftImage({ compressor: "gz" })).traits).toEqual({ ...traits, packing: "gzip" });
    const { traits: other } = await draftImage({ style: "nix2container", compressor: "none" });
    expect(other).toEqual({ synthetic: true, namesAsGiven: false, packing: "none" });
  });

  it.each(
    [
      ["dockertools", "1970-01-01T00:00:01Z", { Env: ["A=1"] }, 100, "auto"],
      ["nix2container", "0001-01-01T00:00:00Z", {}, 1, "popularity"],
    ] as const,
  )("has the defaults of %s", async (style, created, config, maxLayers, strategy) => {
    const base = { rootfs: {}, config: { Env: ["A=1"], Cmd: ["sh"] } };
    const image = await draftImage({ style }, { base });
    expect(image).toMatchObject({ config: { created }, own: { maxLayers }, strategy });
    expect(image.config.config).toEqual(config);
    expect(image.files).toEqual({});
  });

  it("has times that who reads a config takes", async () => {
    const spec = { created: "2026-01-31", layers: [{ metadata: { created: "2026-01-31 12:00" } }] };
    const { config: { created }, explicit: [layer] } = await draftImage(spec);
    expect(created).toBe("2026-01-31T00:00:00Z");
    expect(layer).toMatchObject({ history: { created: "2026-01-31T12:00:00Z" } });
  });

  it("is read with the folder that its paths are below", async () => {
    const folder = join(await temporaryFolder(), "deep");
    await mkdir(folder);
    await writeFile(join(folder, "app.json"), `{"name": "a"}`);
    expect(await readSpec(join(folder, "app.json"))).toEqual({ spec: { name: "a" }, folder });
  });
});
