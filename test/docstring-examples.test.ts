/** The examples in docstrings run, and print what their comments say. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { folderToDispose } from "./support/folder.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** The rooms whose examples run as they stand. */
const ROOMS = ["src/base", "src/bytes", "src/go", "src/image", "src/tar"];

const LIBRARY = pathToFileURL(join(ROOT, "src/mod.ts")).href;

interface Example {
  readonly name: string;
  readonly code: string;
}

/** The examples that import the library: others are parts of something larger. */
function listExamples(file: string): Example[] {
  const source = readFileSync(join(ROOT, file), "utf8");
  return [...source.matchAll(/^ *\* ```ts\n([\s\S]*?)^ *\* ```$/gm)].map(({ 1: body, index }) => ({
    name: `${file}:${source.slice(0, index).split("\n").length + 1}`,
    code: body!.replace(/^ *\* ?/gm, ""),
  })).filter(({ code }) => code.includes('from "nixoci"'));
}

/** The lines that the example says it prints: `console.log(…); // a line`. */
function listExpected(code: string): string[] {
  return [...code.matchAll(/\bconsole\.log\(.*\); \/\/ (.*)$/gm)].map(([, line]) => line!);
}

/** Runs scripts in one process, because each would load the whole library; prints what they print. */
const DRIVER = `
  const results = [];
  for (const { folder, script } of JSON.parse(process.argv[2])) {
    const lines = [];
    console.log = (...values) => lines.push(values.map(String).join(" "));
    process.chdir(folder);
    const error = await import(script).then(() => undefined, (error) => String(error?.stack ?? error));
    results.push({ lines, error });
  }
  process.stdout.write(JSON.stringify(results));
`;

interface Result {
  readonly lines: readonly string[];
  readonly error?: string;
}

/** Runs each example in a folder of its own, which has the image that examples read. */
async function runExamples(examples: readonly Example[], home: string): Promise<Result[]> {
  const scripts = await Promise.all(examples.map(async ({ code }, i) => {
    const folder = join(home, String(i));
    await cp(join(ROOT, "examples/hello"), join(folder, "examples/hello"), { recursive: true });
    const script = join(folder, "example.ts");
    await writeFile(script, code.replaceAll('from "nixoci"', `from ${JSON.stringify(LIBRARY)}`));
    return { folder, script: pathToFileURL(script).href };
  }));
  const driver = join(home, "driver.ts");
  await writeFile(driver, DRIVER);
  const runtime = "Deno" in globalThis ? ["run", "-A", "--config", join(ROOT, "deno.json")] : [];
  const args = [...runtime, driver, JSON.stringify(scripts)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout);
}

const examples = ROOMS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts")).sort().map((file) => join(folder, file))
).flatMap(listExamples);

describe("the example at", () => {
  let results: readonly Result[];

  beforeAll(async () => {
    const { path, dispose } = await folderToDispose();
    try {
      results = await runExamples(examples, path);
    } finally {
      await dispose();
    }
  }, 60_000);

  it.each(examples.map((example, i) => ({ ...example, i })))("$name", ({ code, i }) => {
    const { lines, error } = results[i]!;
    expect(error).toBeUndefined();
    expect(lines).toEqual(expect.arrayContaining(listExpected(code)));
  });
});
