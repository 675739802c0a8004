/**
 * Preloaded (`node --import`), it writes to the file `WALK_FILE` the functions of ours that are called
 * with the word `WALK_WORD` somewhere in their arguments: one a line, in the order of the first call.
 */
import { appendFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseAst } from "rolldown/parseAst";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const { WALK_FILE = "", WALK_WORD = "" } = process.env;
const DEPTH = 4;

// The surroundings are an argument of many, and would hold the word.
delete process.env["WALK_WORD"];

const seen = new Set<string>();

/** Whether the word is in the value; closures are not looked into. */
function hasWord(value: unknown, depth = DEPTH): boolean {
  if (typeof value === "string") return value.includes(WALK_WORD);
  if (typeof value !== "object" || value === null || depth === 0) return false;
  if (value instanceof URL) return value.href.includes(WALK_WORD);
  if (ArrayBuffer.isView(value)) return false;
  const inside = value instanceof Map ? [...value].flat() : Object.values(value);
  return inside.some((each) => hasWord(each, depth - 1));
}

Reflect.defineProperty(globalThis, "walkProbe", {
  value(place: string, values: readonly unknown[]) {
    if (seen.has(place) || !values.some((value) => hasWord(value))) return;
    seen.add(place);
    appendFileSync(WALK_FILE, `${place}\n`);
  },
});

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

/** Returns the names that a parameter binds. */
function boundNames(node: Node): string[] {
  if (node.type === "Identifier") return [node["name"] as string];
  const inner = [node["left"], node["argument"], node["parameter"], node["value"]]
    .concat(node["properties"], node["elements"]).filter(isNode);
  return inner.flatMap(boundNames);
}

/** Adds a call of the probe to each function that has a name or is assigned to one. */
function addProbes(file: string, code: string): string {
  const inserts: [at: number, text: string][] = [];
  const visit = (node: Node, name: string | undefined): void => {
    const own = isNode(node["id"]) ? node["id"]["name"] as string : name;
    const body = node["body"];
    if (
      own !== undefined &&
      /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)
    ) {
      const names = (node["params"] as Node[]).flatMap(boundNames);
      const call = `walkProbe(${JSON.stringify(`${file} ${own}`)}, [${names}])`;
      if (isNode(body) && body.type === "BlockStatement") {
        inserts.push([body.start + 1, `${call};`]);
      } else if (isNode(body)) {
        inserts.push([body.start, `(${call}, (`], [body.end, "))"]);
      }
    }
    const key = isNode(node["key"]) ? node["key"]["name"] as string : undefined;
    for (const value of Object.values(node).flat()) {
      if (isNode(value)) visit(value, node.type === "VariableDeclarator" ? own : key);
    }
  };
  visit(parseAst(code, { lang: "ts" }) as unknown as Node, undefined);
  inserts.sort(([a], [b]) => a - b);
  let at = 0;
  let result = "";
  for (const [to, text] of inserts) {
    result += code.slice(at, to) + text;
    at = to;
  }
  return result + code.slice(at);
}

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    const file = url.startsWith("file:") ? relative(ROOT, fileURLToPath(url)) : "";
    if (!/^(src|transports)\/.*\.ts$/.test(file)) return loaded;
    return { ...loaded, source: addProbes(file, String(loaded.source)) };
  },
});
