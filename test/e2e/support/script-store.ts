/** A Nix store with what scripts are run by: a static bash, and busybox with all its programs. */
import { chmod, copyFile, mkdir, realpath, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./command.ts";
import { makeNixStore, type NixStore } from "./nix-store.ts";

/** The paths of the store. */
export interface ScriptStore extends NixStore {
  /** `bin/bash`, static. */
  readonly bash: string;
  /** A static busybox with links for all its programs, and a file that names its own path. */
  readonly busybox: string;
  /** `bin/hello`, a script that bash runs; refers to bash. */
  readonly hello: string;
  /** `etc/passwd` and `etc/group` with a root. */
  readonly users: string;
  /** The programs `useradd` and `groupadd` of this machine, with their libraries. */
  readonly shadow: string;
}

/** Makes the store, with Nix's own database of it. */
export async function makeScriptStore(root: string): Promise<ScriptStore> {
  const store = await makeNixStore(root);
  const bash = await store.add("bash-static", [], async (real) => {
    await mkdir(join(real, "bin"), { recursive: true });
    await copyFile("/bin/bash-static", join(real, "bin/bash"));
    await symlink("bash", join(real, "bin/sh"));
  });
  const busybox = await store.add("busybox", [], async (real, path) => {
    await mkdir(join(real, "bin"), { recursive: true });
    const program = (await run(["sh", "-c", "command -v busybox"])).trim();
    await copyFile(await realpath(program), join(real, "bin/busybox"));
    const names = (await run([program, "--list"])).trim().split("\n");
    for (const name of names.filter((one) => one !== "busybox")) {
      await symlink("busybox", join(real, "bin", name));
    }
    await writeFile(join(real, "self"), `${path}\n`);
  });
  const hello = await store.add("hello", [bash], async (real) => {
    await mkdir(join(real, "bin"), { recursive: true });
    await writeFile(join(real, "bin/hello"), `#!${bash}/bin/bash\necho hello\n`);
    await chmod(join(real, "bin/hello"), 0o755);
  });
  const users = await store.add("users", [], async (real) => {
    await mkdir(join(real, "etc"), { recursive: true });
    await writeFile(join(real, "etc/passwd"), "root:x:0:0::/root:/bin/sh\n");
    await writeFile(join(real, "etc/group"), "root:x:0:\n");
  });
  const shadow = await addShadow(store, bash);
  await store.register();
  return { ...store, bash, busybox, hello, users, shadow };
}

/** Adds this machine's programs for users: each is started by the loader that lies beside it. */
async function addShadow(store: NixStore, bash: string): Promise<string> {
  return await store.add("shadow", [bash], async (real, path) => {
    for (const name of ["bin", "lib", "libexec"]) {
      await mkdir(join(real, name), { recursive: true });
    }
    for (const name of ["useradd", "groupadd"]) {
      const program = (await run(["sh", "-c", `PATH=$PATH:/usr/sbin; command -v ${name}`])).trim();
      await copyFile(program, join(real, "libexec", name));
      for (const [, library] of (await run(["ldd", program])).matchAll(/(\/\S+) \(0x/g)) {
        const file = library!.includes("ld-linux") ? "ld.so" : library!.split("/").at(-1)!;
        await copyFile(library!, join(real, "lib", file));
        await chmod(join(real, "lib", file), 0o755);
      }
      const words = `${path}/lib/ld.so --library-path ${path}/lib ${path}/libexec/${name}`;
      await writeFile(join(real, "bin", name), `#!${bash}/bin/bash\nexec ${words} "$@"\n`);
      await chmod(join(real, "bin", name), 0o755);
    }
  });
}
