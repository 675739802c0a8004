/** The files of the samples: a first layer that runs, and one with everything odd that is legal. */
import { cp, link, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

const BUSYBOX = "/bin/busybox";

/** A root file system that prints its message: a static busybox, and nothing else. */
export async function writeBase(root: string, message: string): Promise<void> {
  await mkdir(join(root, "bin"), { recursive: true });
  await cp(BUSYBOX, join(root, "bin/busybox"));
  for (const applet of ["sh", "cat", "true"]) {
    await symlink("busybox", join(root, "bin", applet)).catch(() => {});
  }
  await writeFile(join(root, "message"), `${message}\n`);
  await mkdir(join(root, "removed/below"), { recursive: true });
  await writeFile(join(root, "removed/below/file"), "not in the end\n");
}

/** Long names, names that are not ASCII, hard links, links to nowhere, an empty folder. */
export async function writeOddities(root: string): Promise<void> {
  const deep = join(root, "long", ..."abcdef".split("").map((letter) => letter.repeat(60)));
  await mkdir(deep, { recursive: true });
  await writeFile(join(deep, "n".repeat(200)), "long\n");
  await mkdir(join(root, "odd/empty"), { recursive: true });
  await writeFile(join(root, "odd/größe 尺寸\n.txt"), "not ASCII\n");
  await writeFile(join(root, "odd/one"), "linked\n");
  await link(join(root, "odd/one"), join(root, "odd/two"));
  await symlink("/nowhere/".repeat(20), join(root, "odd/nowhere"));
}
