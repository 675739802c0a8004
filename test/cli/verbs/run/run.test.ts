/** `run` as users run it. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execPath } from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../../../../src/image/documents/load.ts";
import { MEDIA_TYPES } from "../../../../src/image/media-types.ts";
import { resolveImage } from "../../../../src/steps/one-image.ts";
import { openSource } from "../../../../transports/mod.ts";
import { busyboxLayer, CANNOT_RUN, writeLayout } from "../../../sandbox/support.ts";
import { folderToDispose } from "../../../support/folder.ts";
import { lacks } from "../../../support/tools.ts";
import { LAUNCHER, type Outcome, RUN, spawned } from "../../run.ts";

let folder: string;
let dispose: () => Promise<void>;

beforeAll(async () => {
  ({ path: folder, dispose } = await folderToDispose());
  await writeLayout([await busyboxLayer()], `oci-dir:${folder}/base:latest`, {
    created: "2024-05-06T07:08:09.5Z",
    config: { Env: ["PATH=/bin", "FROM=base"], WorkingDir: "/data", Cmd: ["sh"] },
  });
});

afterAll(() => dispose());

function nixoci(...words: readonly string[]): Promise<Outcome> {
  const env = { ...process.env, NIXOCI_CACHE_DIR: join(folder, "cache") };
  return spawned(execPath, [...RUN, LAUNCHER, ...words], "", { cwd: folder, env });
}

async function readImage(name: string) {
  const source = await openSource(`oci-dir:${folder}/${name}`);
  const image = await resolveImage(source);
  return { image, json: (await readConfig(image.config)).json };
}

describe.skipIf(CANNOT_RUN)("nixoci run", () => {
  it("adds a layer and a line of history, and leaves the rest as it was", async () => {
    const line = "pwd; echo $FROM $MINE $HOME > new";
    const words = ["oci-dir:base", "oci-dir:made", "--env", "MINE=1", "--shell", "--", line];
    const { status, stdout, stderr } = await nixoci("run", ...words);
    expect(stderr).toContain("/data\n");
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^sha256:[0-9a-f]{64}\n$/)]);
    const [base, made] = [await readImage("base"), await readImage("made")];
    expect(made.image.layers).toHaveLength(2);
    expect(made.image.layers[0]!.descriptor.digest).toBe(base.image.layers[0]!.descriptor.digest);
    expect(made.json).toEqual({
      ...base.json,
      created: "2024-05-06T07:08:09Z",
      rootfs: { type: "layers", diff_ids: made.image.layers.map(({ diffId }) => diffId) },
      history: [
        { created_by: "base" },
        { created: "2024-05-06T07:08:09Z", created_by: `RUN ${line} # nixoci` },
      ],
    });
    const { stdout: text } = await nixoci("cat", "oci-dir:made", "/data/new");
    expect(text).toBe("base 1 /root\n");
  });

  it("makes no layer where nothing has changed", async () => {
    const words = ["oci-dir:base", "oci-dir:same", "--created", "@12", "--", "true"];
    expect(await nixoci("run", "-q", ...words)).toMatchObject({ status: 0 });
    const { image, json } = await readImage("same");
    expect(image.layers).toHaveLength(1);
    expect(json.history!.at(-1)).toEqual({
      created: "1970-01-01T00:00:12Z",
      created_by: "RUN true # nixoci",
      empty_layer: true,
    });
  });

  it("shows what a failing command printed, and stores nothing", async () => {
    const words = ["oci-dir:base", "oci-dir:none", "--", "sh", "-c", "echo why >&2; exit 3"];
    const { status, stdout, stderr } = await nixoci("run", "-q", ...words);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toBe(
      "why\nnixoci: Cannot run a command on oci-dir:base: exit status 3; what it printed says " +
        "why; nothing of it is kept\n",
    );
    expect(await nixoci("ls", "oci-dir:none")).toMatchObject({ status: 1 });
  });

  it.skipIf(process.getuid?.() !== 0 && lacks("bwrap"))(
    "makes the same layer where no namespace is allowed",
    async () => {
      const fake = join(folder, "fake");
      await mkdir(fake);
      const text = "#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2\nexit 1\n";
      await writeFile(join(fake, "unshare"), text, { mode: 0o755 });
      const line = "rm -r /data/sub; mv /data /moved; echo x > /etc/x; chmod 600 /etc/passwd; " +
        "ln /etc/x /etc/y; pwd > /p; rm -r /tmp; mkdir /tmp; echo > /tmp/a";
      const words = ["--shell", "--workdir", "/etc", "--", line];
      const one = await nixoci("run", "oci-dir:base", "oci-dir:here", ...words);
      const env = { ...process.env, NIXOCI_CACHE_DIR: join(folder, "other") };
      const path = `${fake}:${process.env["PATH"]}`;
      const where = { cwd: folder, env: { ...env, PATH: path } };
      const launched = [...RUN, LAUNCHER, "run", "oci-dir:base", "oci-dir:there", ...words];
      const other = await spawned(execPath, launched, "", where);
      expect(other.stderr).toMatch(/runs in (?:chroot|bubblewrap), on a copy/);
      expect([other.status, other.stdout]).toEqual([one.status, one.stdout]);
    },
  );

  it("keeps trees of base images until the cache is cleared", async () => {
    expect((await nixoci("cache")).stdout).toContain("1 base image unpacked");
    await nixoci("cache", "clear");
    expect(await readdir(join(folder, "cache", "trees"))).toEqual([]);
  });

  it("gives the layer the type of its image's format, asked for or found", async () => {
    const typesIn = async (name: string): Promise<string[]> => {
      const { manifest, config, layers } = (await readImage(name)).image;
      return [manifest, config, ...layers].map(({ descriptor }) => descriptor.mediaType);
    };
    const run = async (from: string, to: string, ...flags: string[]) =>
      await nixoci(
        "run",
        `oci-dir:${from}`,
        `oci-dir:${to}`,
        ...flags,
        "--shell",
        "--",
        `echo ${to} > t`,
      );
    const { manifest, config } = MEDIA_TYPES.docker;
    const layer = "application/vnd.docker.image.rootfs.diff.tar";
    await run("base", "docker", "--format", "docker");
    expect(await typesIn("docker")).toEqual([manifest, config, layer, layer]);
    await run("docker", "docker-again");
    expect(await typesIn("docker-again")).toEqual([manifest, config, layer, layer, layer]);
  });

  it.each([
    [["oci-dir:base", "oci-dir:x"], "Missing argument"],
    [["oci-dir:base", "oci-dir:x", "--env", "A", "--", "true"], '--env: "A" is not NAME=value'],
    [["oci-dir:base", "oci-dir:x", "-w", "data", "--", "true"], "is not an absolute path"],
    [["oci-dir:base", "oci-dir:x", "--created", "noon", "--", "true"], "is not a time"],
  ])("refuses wrong words: %j", async (words, message) => {
    const { status, stderr } = await nixoci("run", ...words);
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
