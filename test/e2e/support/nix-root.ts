/** A root of its own for Nix: the machine's programs, and a store and folders that are private. */
import { cp, lstat, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { attempt, type CommandResult } from "./command.ts";
import { unkilled } from "./unkilled.ts";

/** A root that commands run in. */
export interface NixRoot {
  readonly folder: string;
  /** Runs a command in it, as root, with these variables and no others. */
  attempt(
    command: readonly string[],
    env?: ReadonlyMap<string, string>,
    cwd?: string,
  ): Promise<CommandResult>;
  /** Runs a command that must succeed, with Nix's options set. */
  nix(...command: string[]): Promise<string>;
}

/** Folders of the machine; where `/usr` is merged, some are links into it. */
const SHARED = ["usr", "bin", "sbin", "lib", "lib64"];

/** Private folders that lie over the machine's. */
const OWN = new Map([["programs", "usr/local/bin"]]);

/** Nix's settings for a store that nobody else has. */
export const NIX_CONFIG = [
  "experimental-features = nix-command ca-derivations impure-derivations",
  "build-users-group =",
  "sandbox = true",
  "sandbox-paths = /usr /bin /lib /lib64",
  "filter-syscalls = false",
  "substitute = false",
  "cores = 1",
].join("\n");

const NIX_ENVIRONMENT = new Map([
  ["NIX_CONFIG", NIX_CONFIG],
  ["PATH", "/usr/bin:/bin"],
  ["HOME", "/root"],
  ["NIX_BUILD_SHELL", "/bin/bash"],
]);

/**
 * Makes a root. `unshare` and `mount` need the rights of root.
 * @param others more folders of the machine.
 */
export async function makeNixRoot(
  folder: string,
  others: readonly string[] = [],
): Promise<NixRoot> {
  const mounts: string[] = [];
  for (const other of others) {
    await mkdir(join(folder, other), { recursive: true });
    mounts.push(`mount --rbind '${other}' "$root${other}"`);
  }
  for (const name of SHARED) {
    const stat = await lstat(`/${name}`).catch(() => undefined);
    if (stat?.isSymbolicLink()) {
      await cp(`/${name}`, join(folder, name), { verbatimSymlinks: true });
    }
    if (!stat?.isDirectory()) continue;
    await mkdir(join(folder, name));
    mounts.push(`mount --rbind /${name} "$root/${name}"`);
  }
  for (const [own, place] of OWN) {
    await mkdir(join(folder, own));
    mounts.push(`mount --bind "$root/${own}" "$root/${place}"`);
  }
  for (const name of ["dev", "proc", "tmp", "etc", "build", "root", "old"]) {
    await mkdir(join(folder, name), { recursive: true });
  }
  await writeFile(join(folder, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  await writeFile(join(folder, "etc/group"), "root:x:0:\n");
  mounts.push('mount --rbind /dev "$root/dev"', 'mount -t proc proc "$root/proc"');
  // A chroot would do, if the kernel let programs in one make user namespaces, as sandboxes do.
  const script = `set -eu; root=$1; cwd=$2; shift 2; mount --bind "$root" "$root"
    ${mounts.join("\n")}
    cd "$root"; pivot_root . old; umount -l /old
    exec /usr/bin/env -i -C "$cwd" "$@"`;
  const root: NixRoot = {
    folder,
    attempt: (command, env = NIX_ENVIRONMENT, cwd = "/build") => {
      const variables = [...env].map(([name, value]) => `${name}=${value}`);
      const args = ["-euc", script, "sh", folder, cwd, ...variables, ...command];
      return attempt(["unshare", "--mount", "sh", ...args]);
    },
    async nix(...command) {
      const { status, stdout, stderr } = await unkilled(() => root.attempt(command));
      if (status === 0) return stdout.toString();
      throw new Error(`${command.join(" ")} exited with ${status}\n${stderr}`);
    },
  };
  // Two that begin at once would both make its database, and one of them finds it half made.
  await root.nix("nix-store", "--init");
  return root;
}

/** Puts files into a root; programs go where its commands find them. */
export async function placeFiles(
  { folder }: NixRoot,
  files: readonly { path: string; content: string | Uint8Array; mode?: number }[],
): Promise<void> {
  for (const { path, content, mode = 0o644 } of files) {
    const place = join(folder, path.replace(/^\/usr\/local\/bin\//, "/programs/"));
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, content, { mode });
  }
}
