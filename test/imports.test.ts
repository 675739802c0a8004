/**
 * The direction of imports: downwards only and never in a circle, so that a room can be read without
 * the rooms above it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The folders of src, lowest first: each may use those before it. */
const ROOMS = [
  "base",
  "bytes",
  "go",
  "tar",
  "image",
  "cache",
  "nix",
  "layering",
  "recipe",
  "plan",
  "flatten",
  "steps",
  "unpack",
  "artifact",
  "sign",
  "sandbox",
  "services",
  "compose",
  "shell",
  "copy",
  "sync",
  "channels",
  "verify",
  "prove",
  "explain",
  "sbom",
  "explore",
  "pull",
  "lock",
  "serve",
  "cli",
];

/** The rooms of the command line, lowest first; the table of verbs is a file, and one of them. */
const CLI_ROOMS = [
  "kit",
  "progress",
  "reference",
  "delivery",
  "spec",
  "verbs.ts",
  "completion",
  "docs",
  "verbs",
  "help",
  "main.ts",
];

/** How far up a transport may look. */
// nix: reads plans, and picks the platform of their base. judged-source: verifies signatures.
const TRANSPORT_LIMITS: Readonly<Record<string, string>> = {
  nix: "steps",
  "judged-source": "sign",
};
const TRANSPORT_LIMIT = "image";

/** What concerns all transports, and may know them. */
const OF_ALL_TRANSPORTS = ["mod", "list", "reference", "place-error", "base", "policy"].map((
  name,
) => `transports/${name}.ts`);

type Room =
  | { readonly kind: "room"; readonly rank: number }
  | { readonly kind: "transport"; readonly unit: string }
  | { readonly kind: "transports" }
  | { readonly kind: "mod" };

/** Where a file stands. @throws when it stands where nothing may. */
function roomOf(file: string): Room {
  const [top = "", folder = "", ...rest] = file.split("/");
  if (file === "src/mod.ts") return { kind: "mod" };
  if (OF_ALL_TRANSPORTS.includes(file)) return { kind: "transports" };
  if (top === "transports") return { kind: "transport", unit: folder.replace(/\.ts$/, "") };
  const rank = rest.length > 0 ? ROOMS.indexOf(folder) : -1;
  if (rank === -1) throw new Error(`${file} is in no room that this test knows`);
  return { kind: "room", rank };
}

/** What is wrong with an import within the command line, if anything. */
function findCliBreach(from: string, to: string): string | undefined {
  const [room, verb] = listCliFolders(from);
  const [toRoom, toVerb] = listCliFolders(to);
  const [rank, toRank] = [room, toRoom].map((name) => CLI_ROOMS.indexOf(name!));
  if (rank === -1) return `${from} is in no room that this test knows`;
  if (room === "verbs.ts" && toRoom === "verbs" && to.endsWith("/command.ts")) return undefined;
  if (toRank! > rank!) return "upwards";
  return room === "verbs" && toRoom === "verbs" && verb !== toVerb ? "another verb" : undefined;
}

function listCliFolders(file: string): string[] {
  return relative("src/cli", file).split("/");
}

/** What is wrong with an import, if anything. */
function findBreach(from: string, to: string): string | undefined {
  const [importer, imported] = [roomOf(from), roomOf(to)];
  if (importer.kind === "mod") return undefined;
  if (imported.kind === "mod") return "only programs import mod.ts";
  if (importer.kind === "room") {
    if (importer.rank === ROOMS.indexOf("cli")) {
      return to.startsWith("src/cli/") ? findCliBreach(from, to) : undefined;
    }
    if (imported.kind !== "room") return "only the command line and mod.ts know transports";
    return imported.rank > importer.rank ? "upwards" : undefined;
  }
  if (importer.kind === "transports") {
    return imported.kind === "room" && imported.rank > ROOMS.indexOf(TRANSPORT_LIMIT)
      ? `above ${TRANSPORT_LIMIT}`
      : undefined;
  }
  if (imported.kind === "transports") return "a transport does not know the others";
  if (imported.kind === "transport") {
    return imported.unit === "lib" || imported.unit === importer.unit
      ? undefined
      : "another transport";
  }
  const limit = TRANSPORT_LIMITS[importer.unit] ?? TRANSPORT_LIMIT;
  return imported.rank > ROOMS.indexOf(limit) ? `above ${limit}` : undefined;
}

function listSources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts")).map((file) => join(folder, file)).sort();
}

/** The imports of a module; of those that wait until they are needed, only where asked. */
function importsOf(file: string, { lazy }: { readonly lazy: boolean }): string[] {
  const text = readFileSync(join(ROOT, file), "utf8").replace(/^\s*(\*|\/\/).*$/gm, "");
  const pattern = lazy
    ? /(?:from|import|import\()\s*"(\.[^"]+)"/g
    : /(?:from|^import)\s*"(\.[^"]+)"/gm;
  return [...text.matchAll(pattern)].map(([, path]) =>
    relative(ROOT, resolve(ROOT, dirname(file), path!))
  );
}

/** The circles in a graph: each as the files on the way back to where it began. */
function findCircles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at !== -1) circles.push([...path.slice(at), file]);
    if (at !== -1 || done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of edges.keys()) visit(file, []);
  return circles;
}

describe("imports", () => {
  const files = [...listSources("src"), ...listSources("transports")];

  it("point downwards", () => {
    expect(files.length).toBeGreaterThan(300);
    const breaches = files.flatMap((from) =>
      importsOf(from, { lazy: true }).flatMap((to) => {
        const wrong = findBreach(from, to);
        return wrong ? [`${from} imports ${to}: ${wrong}`] : [];
      })
    );
    expect(breaches).toEqual([]);
  });

  it("make no circles, of values or of types", () => {
    const edges = new Map(files.map((file) => [file, importsOf(file, { lazy: false })]));
    expect(findCircles(edges)).toEqual([]);
  });

  it("would be caught in a circle", () => {
    const edges = new Map([["a", ["b"]], ["b", ["c", "d"]], ["c", ["a"]], ["d", []]]);
    expect(findCircles(edges)).toEqual([["a", "b", "c", "a"]]);
  });

  it("would be caught pointing upwards", () => {
    expect(findBreach("src/bytes/gzip/read.ts", "src/image/content.ts")).toBeDefined();
    expect(findBreach("src/image/documents/load.ts", "src/copy/copy.ts")).toBeDefined();
    expect(findBreach("src/copy/copy.ts", "transports/oci-dir/mod.ts")).toBeDefined();
    expect(findBreach("src/copy/copy.ts", "transports/mod.ts")).toBeDefined();
    expect(findBreach("transports/oci-dir/mod.ts", "src/steps/pin.ts")).toBeDefined();
    expect(findBreach("transports/oci-dir/mod.ts", "transports/memory.ts")).toBeDefined();
    expect(findBreach("transports/oci-dir/mod.ts", "transports/lib/layout.ts")).toBeUndefined();
    expect(findBreach("transports/registry/mod.ts", "transports/registry/auth/token.ts"))
      .toBeUndefined();
    expect(findBreach("src/cli/verbs/copy/command.ts", "transports/mod.ts")).toBeUndefined();
    expect(findBreach("src/cli/verbs/lock/add/run.ts", "src/cli/verbs/lock/words.ts"))
      .toBeUndefined();
    expect(findBreach("src/cli/verbs/plan/run.ts", "src/cli/verbs/build/run.ts")).toBeDefined();
    expect(findBreach("src/cli/kit/flags.ts", "src/cli/progress/flag.ts")).toBeDefined();
    expect(findBreach("src/cli/verbs.ts", "src/cli/verbs/copy/run.ts")).toBeDefined();
  });

  it("would be caught in an unknown room", () => {
    expect(() => roomOf("src/attic/old.ts")).toThrow("no room");
    expect(() => roomOf("src/copy.ts")).toThrow("no room");
  });
});
