/** Finds the functions that programs can import, and the examples in their comments. */
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** A function that programs can import. */
export interface PublicFunction {
  /** `copy`, or `lock.readLock` for one in a namespace. */
  readonly name: string;
  /** The code of its `@example`, where it has one. */
  readonly example: string | undefined;
}

/** The modules of the package, by the name that programs import: from `exports` of package.json. */
export function listModules(): Map<string, string> {
  const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const entries = Object.entries(exports as Record<string, unknown>).flatMap(([key, target]) => {
    const file = typeof target === "string"
      ? target
      : (target as Record<string, string>)["default"];
    return file?.endsWith(".ts") ? [[`nixoci${key.slice(1)}`, join(ROOT, file)] as const] : [];
  });
  return new Map(entries);
}

/** Lists the public functions of all modules, each once, with their examples. */
export async function listPublicFunctions(): Promise<PublicFunction[]> {
  const found = new Map<unknown, PublicFunction>();
  for (const file of listModules().values()) {
    const module = await import(pathToFileURL(file).href);
    for (const [value, one] of functionsOf(module, file, "")) {
      if (!found.has(value)) found.set(value, one);
    }
  }
  return [...found.values()];
}

function functionsOf(module: object, file: string, prefix: string): [unknown, PublicFunction][] {
  return Object.entries(module).flatMap(([key, value]): [unknown, PublicFunction][] => {
    if (isNamespace(value)) {
      return functionsOf(value, findNamespace(file, key), `${prefix}${key}.`);
    }
    if (typeof value !== "function" || isClass(value)) return [];
    return [[value, { name: prefix + key, example: exampleIn(findComment(file, key)) }]];
  });
}

function isNamespace(value: unknown): value is object {
  return typeof value === "object" && value !== null &&
    (value as Record<symbol, unknown>)[Symbol.toStringTag] === "Module";
}

function isClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

function findNamespace(file: string, name: string): string {
  const text = readFileSync(file, "utf8");
  const [, path] = new RegExp(`export \\* as ${name} from "([^"]+)"`).exec(text) ?? [];
  if (path === undefined) throw new Error(`${file} has no namespace ${name}`);
  return resolve(dirname(file), path);
}

/** Finds the comment above a function's declaration, through the modules that export it again. */
function findComment(file: string, name: string): string {
  const comment = commentIn(file, name);
  if (comment === undefined) throw new Error(`${file} exports no ${name}`);
  return comment;
}

function commentIn(file: string, name: string): string | undefined {
  const text = readFileSync(file, "utf8");
  const declared = new RegExp(
    `(/\\*\\*(?:(?!\\*/)[^])*\\*/\\n)?export (?:async )?(?:function\\*?|const) ${name}\\b`,
  ).exec(text);
  if (declared) return declared[1] ?? "";
  for (const [, names, path] of text.matchAll(/export \{([^}]*)\} from "([^"]+)"/g)) {
    for (const word of names!.split(",").map((one) => one.trim().replace(/^type /, ""))) {
      const [own, other = own] = word.split(" as ");
      if (other === name) return commentIn(resolve(dirname(file), path!), own!);
    }
  }
  for (const [, path] of text.matchAll(/export \* from "([^"]+)"/g)) {
    const comment = commentIn(resolve(dirname(file), path!), name);
    if (comment !== undefined) return comment;
  }
  return undefined;
}

/** Returns the code of a comment's `@example`. */
export function exampleIn(comment: string): string | undefined {
  const text = comment.replace(/^ \* ?/gm, "");
  return /^@example\n```ts\n([^]*?)\n```$/m.exec(text)?.[1];
}
