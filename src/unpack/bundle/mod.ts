/** Makes an OCI runtime bundle of an image, for `runc run` and `crun run` to start. */
import { mkdirSync, writeFileSync } from "node:fs";
import type { Image } from "../../image/root.ts";
import { SELF } from "../powers.ts";
import { fillTarget, unpackInto, type UnpackOptions, type UnpackResult } from "../unpack.ts";
import { type ImageConfig, readImageConfig } from "./image-config.ts";
import { readRootfsFile } from "./rootfs-file.ts";
import { runtimeConfigOf } from "./runtime-config.ts";
import { type ContainerUser, resolveUser } from "./user.ts";

/**
 * Unpacks an image to `path/rootfs`, and writes `path/config.json` from its config: program,
 * environment, user, volumes, labels; all else as `runc spec` writes it. Only its owner can enter
 * the bundle. Without root it is a bundle for rootless containers, whose only user is its owner.
 * @throws NixociError `UNSUPPORTED` for images that are not for Linux, `NOT_FOUND` when the image
 * does not know its user; and as `unpack` does. Then nothing is left.
 * @example
 * ```ts
 * import { readdir } from "node:fs/promises";
 * import { writeBundle, openSource, resolveImage } from "nixoci";
 *
 * await using source = await openSource("oci-dir:in");
 * await writeBundle(await resolveImage(source), "bundle");
 * console.log((await readdir("bundle")).sort().join()); // config.json,rootfs
 * ```
 */
export async function writeBundle(
  image: Pick<Image, "layers" | "config">,
  path: string,
  options: UnpackOptions = {},
): Promise<UnpackResult> {
  const config = await readImageConfig(image.config);
  const nobody: ContainerUser = { uid: 0, gid: 0, additionalGids: [], home: "/" };
  runtimeConfigOf(config, nobody); // what is refused is refused before the layers are read
  return await fillTarget(path, async ({ tree, spare }) => {
    mkdirSync(`${tree}rootfs`, 0o700);
    const unpacked = await unpackInto(image, { tree: `${tree}rootfs/`, spare }, options);
    const user = await readUser(config, `${tree}rootfs/`);
    const rootless = unpacked.rootless ? SELF : undefined;
    const isStranger = rootless !== undefined && (user.uid !== 0 || user.gid !== 0);
    if (isStranger) options.onNotice?.({ code: "RUNS_AS_ROOT", message: AS_ROOT });
    const { special = false } = options;
    const runs = runtimeConfigOf(config, isStranger ? { ...nobody, home: user.home } : user, {
      rootless,
      special,
    });
    writeFileSync(`${tree}config.json`, `${JSON.stringify(runs, null, 2)}\n`, { mode: 0o644 });
    return unpacked;
  });
}

const AS_ROOT = "the image has a user of its own, but a rootless container knows only one: " +
  "its program will run as root, who is you";

async function readUser({ config }: ImageConfig, rootfs: string): Promise<ContainerUser> {
  const wanted = config?.User ?? "";
  return resolveUser(wanted, {
    passwd: await readRootfsFile(rootfs, "/etc/passwd"),
    group: await readRootfsFile(rootfs, "/etc/group"),
  });
}
