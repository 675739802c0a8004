/** A small root with what an init needs, from this machine's own programs and their libraries. */
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { POSIX_PROGRAMS, S6_PROGRAMS } from "../../../src/services/init/tools.ts";
import { run } from "./command.ts";

const OTHERS = ["s6-setsid", "sh", "touch", "echo", "ls", "test", "tr", "stat", "printf", "wc"];

/** Makes the root. @param more other programs of this machine. */
export async function makeServiceRoot(root: string, more: readonly string[] = []): Promise<void> {
  for (const folder of ["usr/bin", "usr/lib", "usr/lib64", "etc", "root", "home/alice"]) {
    await mkdir(join(root, folder), { recursive: true });
  }
  for (const name of ["bin", "lib", "lib64"]) await symlink(`usr/${name}`, join(root, name));
  const programs = [...S6_PROGRAMS, ...POSIX_PROGRAMS, ...OTHERS, ...more].join(" ");
  await run([
    "sh",
    "-c",
    `
    set -e
    for one in ${programs}; do
      path=$(command -v "$one" 2> /dev/null) || continue
      case $path in /*) ;; *) path=/usr/bin/$one ;; esac
      cp -L "$path" '${root}/usr/bin/'
      ldd "$path" 2> /dev/null | grep -o '/[^ ]*' || :
    done | sort -u | while read -r library; do
      mkdir -p "${root}$(dirname "$library")"
      cp -Ln "$library" "${root}$library"
    done
    mkdir -m 1777 '${root}/tmp'`,
  ]);
  await writeFile(
    join(root, "etc/passwd"),
    [
      "root:x:0:0:root:/root:/bin/sh",
      "alice:x:1000:100:Alice:/home/alice:/bin/sh",
      "nobody:x:65534:65534::/nonexistent:/bin/false",
    ].map((line) => `${line}\n`).join(""),
  );
  await writeFile(
    join(root, "etc/group"),
    "root:x:0:\nusers:x:100:\nextra:x:7:alice\nnogroup:x:65534:\n",
  );
}
