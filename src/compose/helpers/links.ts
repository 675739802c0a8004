/** Helpers that are links into the store, and the folder for temporary files. */
import { posix } from "node:path";
import type { MadeEntry } from "../../recipe/mod.ts";
import { isAnyStorePath } from "../../nix/formats/store-path.ts";

/**
 * Makes `/usr/bin/env`.
 * @param coreutils the store path that has `bin/env`, or the program itself.
 * @example
 * ```ts
 * import { makeUsrBinEnv } from "nixoci";
 * const [env] = makeUsrBinEnv(`/nix/store/${"a".repeat(32)}-coreutils`);
 * console.log(env?.path); // /usr/bin/env
 * ```
 */
export function makeUsrBinEnv(coreutils: string): MadeEntry[] {
  return [createLink("/usr/bin/env", coreutils, "bin/env")];
}

/**
 * Makes `/bin/sh`.
 * @param bash the store path that has `bin/bash`, or the shell itself.
 * @example
 * ```ts
 * import { makeBinSh } from "nixoci";
 * const [sh] = makeBinSh(`/nix/store/${"a".repeat(32)}-bash`);
 * console.log(sh?.path); // /bin/sh
 * ```
 */
export function makeBinSh(bash: string): MadeEntry[] {
  return [createLink("/bin/sh", bash, "bin/bash")];
}

/**
 * Makes the three places where distributions have the certificates that programs trust.
 * @param cacert the store path that has `etc/ssl/certs/ca-bundle.crt`, or the file itself.
 * @example
 * ```ts
 * import { makeCaCertificates } from "nixoci";
 * console.log(makeCaCertificates(`/nix/store/${"a".repeat(32)}-cacert`).length); // 3
 * ```
 */
export function makeCaCertificates(cacert: string): MadeEntry[] {
  return [
    "/etc/ssl/certs/ca-bundle.crt", // NixOS of old
    "/etc/ssl/certs/ca-certificates.crt", // NixOS, Debian, Ubuntu, Arch, Gentoo
    "/etc/pki/tls/certs/ca-bundle.crt", // CentOS, Fedora
  ].map((place) => createLink(place, cacert, "etc/ssl/certs/ca-bundle.crt"));
}

/**
 * Makes `/tmp`, which everybody may write to.
 * @example
 * ```ts
 * import { makeTmp } from "nixoci";
 * console.log(makeTmp()[0]?.path); // /tmp
 * ```
 */
export function makeTmp(): MadeEntry[] {
  return [{ type: "directory", path: "/tmp", mode: 0o1777 }];
}

/**
 * Makes the place that programs of other distributions name as their loader: in `/lib64` on x86-64, in
 * `/lib` elsewhere.
 * @param glibc the store path that has `lib/ld-linux-x86-64.so.2`, or the loader itself.
 * @example
 * ```ts
 * import { makeLoader } from "nixoci";
 * const [loader] = makeLoader(`/nix/store/${"a".repeat(32)}-glibc`);
 * console.log(loader?.path); // /lib64/ld-linux-x86-64.so.2
 * ```
 */
export function makeLoader(glibc: string): MadeEntry[] {
  const name = isAnyStorePath(glibc) ? "ld-linux-x86-64.so.2" : posix.basename(glibc);
  const folder = name.includes("x86-64") ? "/lib64" : "/lib";
  return [createLink(`${folder}/${name}`, glibc, `lib/${name}`)];
}

/**
 * Makes `/run/profile`, the short name of a profile, where programs at the root are what it has.
 * @example
 * ```ts
 * import { makeRunProfile } from "nixoci";
 * console.log(makeRunProfile()[0]?.path); // /run/profile
 * ```
 */
export function makeRunProfile(): MadeEntry[] {
  return [{ type: "symlink", path: "/run/profile", target: "/" }];
}

/** Makes a link to a file of a store path; any other path is that of the file itself. */
export function createLink(path: string, source: string, file: string): MadeEntry {
  return { type: "symlink", path, target: isAnyStorePath(source) ? `${source}/${file}` : source };
}
