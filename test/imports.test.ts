/** The direction of imports: downwards only, so that a room can be read without the rooms above. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const RANKS = ["bytes", "tar", "image", "steps", "nix", "cli"];

/** What messages are made with, everywhere. */
const MESSAGES = ["src/errors.ts", "src/text.ts", "src/nearest.ts"];

/**
 * Where a file stands: a folder of `src` by its name, a verb (`src/*.ts`, and folders that are one
 * verb's), a transport.
 */
function roomOf(file: string): string {
  const [top = "", folder = "", ...rest] = file.split("/");
  if (top === "transports") {
    return rest.length === 0 && folder === "mod.ts" ? "transports" : "transport";
  }
  if (MESSAGES.includes(file)) return "errors";
  if (file === "src/mod.ts") return "mod";
  return rest.length > 0 && RANKS.includes(folder) ? folder : "verb";
}

const rank = (room: string): number =>
  room === "errors" ? -1 : room === "verb" ? RANKS.indexOf("nix") + 0.5 : RANKS.indexOf(room);

/** What is wrong with an import, if anything. */
function breach(from: string, to: string): string | undefined {
  const [importer, imported] = [roomOf(from), roomOf(to)];
  if (importer === "mod" || importer === "cli" && imported !== "mod") return undefined;
  if (importer === "transports") {
    return rank(imported) > RANKS.indexOf("image") ? "above image" : undefined;
  }
  if (imported === "transports") return "only the CLI and mod.ts know all transports";
  if (importer === "transport") {
    if (imported === "transport") return isOwn(from, to) ? undefined : "another transport";
    const limit = from.startsWith("transports/nix") ? "nix" : "image";
    return rank(imported) > RANKS.indexOf(limit) || imported === "mod"
      ? `above ${limit}`
      : undefined;
  }
  if (imported === "transport" || imported === "mod") return "upwards";
  return rank(imported) > rank(importer) ? "upwards" : undefined;
}

/** A transport may use its own files and those of `lib`; `lib` only itself. */
function isOwn(from: string, to: string): boolean {
  const unit = (file: string) => file.split("/")[1]!.replace(/\.ts$/, "");
  return unit(to) === "lib" || unit(from) === unit(to);
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts")).map((file) => join(folder, file)).sort();
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), "utf8").replace(/^\s*(\*|\/\/).*$/gm, "");
  return [...text.matchAll(/(?:from|import|import\()\s*"(\.[^"]+)"/g)].map(([, path]) =>
    relative(ROOT, resolve(ROOT, dirname(file), path!))
  );
}

describe("imports", () => {
  const files = [...sources("src"), ...sources("transports")];

  it("point downwards", () => {
    expect(files.length).toBeGreaterThan(30);
    const breaches = files.flatMap((from) =>
      importsOf(from).flatMap((to) => {
        const wrong = breach(from, to);
        return wrong ? [`${from} imports ${to}: ${wrong}`] : [];
      })
    );
    expect(breaches).toEqual([]);
  });

  it("would be caught pointing upwards", () => {
    expect(breach("src/bytes/gzip.ts", "src/image/content.ts")).toBeDefined();
    expect(breach("src/image/load.ts", "src/copy.ts")).toBeDefined();
    expect(breach("src/copy.ts", "transports/oci-dir.ts")).toBeDefined();
    expect(breach("src/copy.ts", "transports/mod.ts")).toBeDefined();
    expect(breach("transports/oci-dir.ts", "src/steps/pin.ts")).toBeDefined();
    expect(breach("transports/oci-dir.ts", "transports/memory.ts")).toBeDefined();
    expect(breach("transports/oci-dir.ts", "transports/lib/layout.ts")).toBeUndefined();
    expect(breach("transports/registry/mod.ts", "transports/registry/auth/bearer.ts"))
      .toBeUndefined();
    expect(breach("src/cli/commands/copy.ts", "transports/mod.ts")).toBeUndefined();
  });
});
