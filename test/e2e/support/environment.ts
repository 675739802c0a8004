/** The environment that every command of a test run gets: nothing of the user's own. */
import { mkdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** Makes a home, a temporary folder and container settings below the folder. */
export async function makeEnvironment(folder: string): Promise<Record<string, string>> {
  const at = (name: string) => join(folder, name);
  const settings = at("home/.config/containers");
  for (const path of [settings, at("tmp"), at("run")]) await mkdir(path, { recursive: true });
  const policy = { default: [{ type: "insecureAcceptAnything" }] };
  await writeFile(join(settings, "policy.json"), JSON.stringify(policy));
  const storage = `[storage]
driver = "vfs"
graphroot = "${at("storage/root")}"
runroot = "${at("storage/run")}"
`;
  await writeFile(join(settings, "storage.conf"), storage);
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: at("home"),
    TMPDIR: at("tmp"),
    XDG_RUNTIME_DIR: at("run"),
    CONTAINERS_STORAGE_CONF: join(settings, "storage.conf"),
    LANG: "C.UTF-8",
    // Deno keeps what it compiled there; a new folder for each run would make it start cold
    DENO_DIR: process.env["DENO_DIR"] ?? join(homedir(), ".cache/deno"),
  };
}
