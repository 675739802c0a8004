/** Images that were edited with the command line, in Docker: indexes run, and a new base is a new build. */
import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { nixociCommand, run } from "./support/command.ts";
import { lacks, peers } from "./support/peers.ts";
import { PLACES } from "./support/places.ts";

const nixoci = (...words: string[]) => run(nixociCommand(...words), peers);
const docker = (...words: string[]) =>
  run(["docker", "--host", peers.engines.docker!, ...words], peers);
const SHOWN = ["/base/version", "/app/name"];

/** Writes folders with files; a `true` is busybox. */
async function writeFolders(folders: Readonly<Record<string, Record<string, string | true>>>) {
  const home = join(peers.env["TMPDIR"]!, "edited");
  const busybox = (await run(["sh", "-c", "command -v busybox"], peers)).trim();
  for (const [folder, files] of Object.entries(folders)) {
    for (const [path, content] of Object.entries(files)) {
      const file = join(home, folder, path);
      await mkdir(dirname(file), { recursive: true });
      if (content === true) await copyFile(busybox, file);
      else await writeFile(file, content);
      await chmod(file, content === true ? 0o755 : 0o644);
    }
  }
  return home;
}

/** Lists the files of an image as a container has them: type, mode, owner, size, name. */
async function listFiles(image: string): Promise<string[]> {
  const container = (await docker("create", image)).trim();
  const script = `docker --host "$1" export "$2" | tar --list --verbose --numeric-owner`;
  try {
    const list = await run(["sh", "-c", script, "sh", peers.engines.docker!, container], peers);
    // Docker makes files of its own, and its own times.
    return list.trim().split("\n")
      .map((line) => line.replace(/\s+\d{4}-\d\d-\d\d \d\d:\d\d /, " "))
      .filter((line) => !/ (dev|proc|sys|etc)\/|\.dockerenv$/.test(line)).sort();
  } finally {
    await docker("rm", container);
  }
}

describe.skipIf(lacks("docker", "registry", "busybox"))("an image that was edited", () => {
  test("has the files of a fresh build on its new base, and runs as part of an index", async () => {
    const home = await writeFolders({
      old: { "bin/busybox": true, "base/version": "1\n", "base/gone": "old\n" },
      new: { "bin/busybox": true, "base/version": "2\n", "base/added": "new\n" },
      app: { "app/name": "app\n" },
    });
    const images = `oci-dir:${join(home, "images")}`;
    const cmd = ["--cmd", JSON.stringify(["/bin/busybox", "cat", ...SHOWN])];
    for (const base of ["old", "new"]) {
      const root = ["--copy-to-root", join(home, base)];
      await nixoci("build", "-q", ...root, ...cmd, `${images}:${base}`);
    }
    const append = ["--append", join(home, "app")];
    await nixoci("mutate", "-q", ...append, `${images}:old`, `${images}:app`);
    await nixoci("mutate", "-q", ...append, `${images}:new`, `${images}:fresh`);
    const rebase = ["--rebase", `${images}:old,${images}:new`];
    await nixoci("mutate", "-q", ...rebase, `${images}:app`, `${images}:moved`);
    // An index of two platforms: Docker takes the one of this machine.
    const other = process.arch === "arm64" ? "linux/amd64" : "linux/arm64";
    const foreign = ["--platform-as", other, "--cmd", "/none"];
    await nixoci("mutate", "-q", ...foreign, `${images}:moved`, `${images}:foreign`);
    const { reference } = PLACES.find(({ name }) => name === "registry")!.spot();
    await nixoci("index", "create", "-q", reference, `${images}:moved`, `${images}:foreign`);
    const edited = ["--platform", other, "--env", "A=b"];
    await nixoci("mutate", "-q", ...edited, reference, reference);
    const name = reference.replace("registry:", "");
    await docker("pull", "--quiet", name);
    expect(await docker("run", "--rm", "--network=none", name)).toBe("2\napp\n");
    await nixoci(
      "copy",
      "-q",
      `${images}:fresh`,
      "daemon:edited:fresh",
      "--dest-host",
      peers.engines.docker!,
    );
    const files = await listFiles(name);
    expect(files).toEqual(await listFiles("edited:fresh"));
    expect(files.join("\n")).toMatch(/ base\/added$/m);
    expect(files.join("\n")).not.toMatch(/ base\/gone$/m);
    // Made one layer, and made flat: the same files again.
    await nixoci(
      "mutate",
      "-q",
      "--squash",
      "all",
      `${images}:moved`,
      "daemon:edited:flat",
      "--dest-host",
      peers.engines.docker!,
    );
    expect(await listFiles("edited:flat")).toEqual(files);
  }, 120_000);
});
