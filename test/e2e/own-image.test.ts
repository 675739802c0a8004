/** The image of nixoci that nixoci makes: Docker runs it, and it works on what it is given. */
import { cp, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { arch } from "node:process";
import { existsSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { makeImage } from "../../tools/release/image.ts";
import { PACKAGE } from "../cli/run.ts";
import { ROOT } from "../docs/support/public-functions.ts";
import { run } from "./support/command.ts";
import { nixoci } from "./support/copying.ts";
import { lacks, peers } from "./support/peers.ts";

const NODE = join(ROOT, "tools", "binary", "node_modules", `node-linux-${arch}`, "bin", "node");
const IMAGE = `nixoci:${PACKAGE.version}`;

describe.skipIf(lacks("docker") || !existsSync(NODE))("nixoci's own image", () => {
  let folder: string;
  const docker = (...words: string[]): Promise<string> =>
    run(["docker", "--host", peers.engines.docker!, ...words]);
  beforeAll(async () => {
    folder = await mkdtemp(join(peers.folder, "own-image-"));
    const build = join(ROOT, "tools", "binary", "build.ts");
    await run([NODE, build, "--out", folder, "--machine", arch]);
    const archive = await makeImage(join(folder, `nixoci-linux-${arch}`), arch, folder);
    const words = ["copy", "-q", "--host", peers.engines.docker!, `oci-archive:${archive}`];
    const loaded = await nixoci([...words, `daemon:${IMAGE}`], { env: peers.env });
    expect(loaded).toMatchObject({ status: 0 });
  }, 300_000);

  test("says its version", async () => {
    expect(await docker("run", "--rm", IMAGE, "--version")).toContain(`nixoci ${PACKAGE.version}`);
  });

  test("copies an image in the folder that is mounted, without a network and capabilities", async () => {
    await cp(join(ROOT, "examples", "hello"), join(folder, "hello"), { recursive: true });
    const words = [
      "--rm",
      "--network",
      "none",
      "--cap-drop",
      "ALL",
      "-v",
      `${folder}:/work`,
      IMAGE,
    ];
    const digest = await docker(
      "run",
      ...words,
      "copy",
      "-q",
      "oci-dir:hello",
      "oci-dir:out:hello",
    );
    const read = await nixoci(["digest", `oci-dir:${join(folder, "out")}:hello`], {
      env: peers.env,
    });
    expect(read.stdout.toString().trim()).toBe(digest.trim());
  });
});
