/** Auth files and credential helpers for tests. */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findCredentials } from "../../../transports/registry/auth/find-credentials.ts";
import type { World } from "../../../transports/registry/world.ts";
import { testWorld } from "./setup.ts";

export const SECRET = "c4n4ry-s3cr3t";

/** An entry of `auths`. */
export const auth = (user: string, password = SECRET) => ({
  auth: Buffer.from(`${user}:${password}`).toString("base64"),
});

/** Writes a file, and the folders above it. */
export async function write(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof value === "string" ? value : JSON.stringify(value));
}

/** A helper that keeps secrets in a file beside it, and writes down how it was called. */
export async function helper(world: World, name: string): Promise<string> {
  const folder = join(world.home, "bin");
  const path = join(folder, `docker-credential-${name}`);
  await write(
    path,
    `#!/bin/sh
    echo "$0 $*" >> ${folder}/${name}.calls
    case $1 in
      store) cat > ${folder}/${name}.kept ;;
      get) cat > ${folder}/${name}.asked
        if [ -e ${folder}/${name}.kept ]; then cat ${folder}/${name}.kept
        else echo "credentials not found in native keychain"; exit 1; fi ;;
      erase) cat > ${folder}/${name}.asked; rm ${folder}/${name}.kept ;;
    esac`,
  );
  await chmod(path, 0o755);
  return folder;
}

/** Surroundings with variables, in which `~` is home; helpers are found in `~/bin`. */
export async function worldWith(
  env: Record<string, string> = {},
): Promise<World & { home: string }> {
  const world = await testWorld();
  const home = world.home;
  const place = (value: string) => value.replace("~", home);
  const placed = Object.fromEntries(Object.entries(env).map(([key, value]) => [key, place(value)]));
  return { ...world, env: { PATH: `${home}/bin:${process.env["PATH"]}`, ...placed } };
}

/** What is found for a repository. */
export const find = (
  world: World,
  host = "example.com",
  repository = "team/app",
  authFile?: string,
) => findCredentials({ host, repository }, { authFile }, world);
