/** Closures to make layers of: a recorded one, the benchmark's store, this machine's packages. */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readClosure } from "../../src/nix/store/closure.ts";
import type { Closure, PathInfo } from "../../src/nix/formats/path-info.ts";
import { openStore } from "../../src/nix/store/store.ts";
import { benchStore } from "../store/mod.ts";

export interface Named {
  readonly name: string;
  readonly closure: Closure;
}

/** Those that there are on this machine; the first is there always. */
export async function closures(): Promise<Named[]> {
  const golden = new URL("../../test/golden/nix/popularity.json", import.meta.url);
  const { graph } = JSON.parse(await readFile(golden, "utf8"));
  return [
    { name: "recorded", closure: sorted(graph) },
    ...await stored(),
    ...await installed("/var/lib/dpkg/status"),
  ];
}

/** The closure of `bench/nix-store.ts`, where it has been made. */
async function stored(): Promise<Named[]> {
  if (!await stat(join(tmpdir(), "nixoci-bench-nix-store-v2")).catch(() => undefined)) return [];
  const { root, application } = await benchStore();
  const store = await openStore({ root });
  try {
    return [{ name: "a Nix store", closure: await readClosure([application], store) }];
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

/** Debian's packages as if each were a store path: real sizes, real dependencies. */
async function installed(status: string): Promise<Named[]> {
  const text = await readFile(status, "utf8").catch(() => undefined);
  if (text === undefined) return [];
  const packages = new Map<string, Map<string, string>>();
  for (const stanza of text.split("\n\n")) {
    const fields = new Map([...stanza.matchAll(/^([\w-]+): (.*)$/gm)].map(([, k, v]) => [k!, v!]));
    const name = fields.get("Package");
    if (name !== undefined && fields.get("Status")?.endsWith(" installed")) {
      packages.set(name, fields);
    }
  }
  return [{ name: "Debian's packages", closure: sorted(acyclic(packages)) }];
}

/** Packages may depend on each other in circles, paths may not: what would close one is dropped. */
function acyclic(packages: ReadonlyMap<string, ReadonlyMap<string, string>>): PathInfo[] {
  const infos = new Map<string, PathInfo | undefined>(); // undefined while it is under way
  const add = (name: string): PathInfo => {
    infos.set(name, undefined);
    const fields = packages.get(name)!;
    const version = (fields.get("Version") ?? "").replace(/[^\w.+-]/g, "-");
    const hash = createHash("sha256").update(`${name} ${version}`).digest("hex").slice(0, 32);
    const references = ["Pre-Depends", "Depends"]
      .flatMap((field) => (fields.get(field) ?? "").split(","))
      .flatMap((choice) =>
        choice.split("|").map((one) => one.trim().split(/[ :(]/)[0]!)
          .filter((one) => packages.has(one)).slice(0, 1)
      )
      .map((one) => infos.has(one) ? infos.get(one)?.path : add(one).path)
      .filter((path) => path !== undefined);
    const narSize = 1024 * Number(fields.get("Installed-Size") ?? 1);
    const path = `/nix/store/${hash}-${name}-${version}`;
    const info = { path, narSize, references: [...new Set(references)].sort() };
    infos.set(name, info);
    return info;
  };
  for (const name of packages.keys()) if (!infos.has(name)) add(name);
  return [...infos.values()].filter((info) => info !== undefined);
}

/** As Nix gives closures to those who make layers of them. */
function sorted(closure: Closure): Closure {
  return closure.toSorted((a, b) => a.path < b.path ? -1 : 1);
}
