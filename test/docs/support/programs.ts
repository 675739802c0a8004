/** Checks the types of short programs, and runs them all in one process, as their comments say. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process, { execPath } from "node:process";
import { pathToFileURL } from "node:url";
import { RUN, spawned } from "../../cli/run.ts";
import { listModules, ROOT } from "./public-functions.ts";
import type { World } from "./world.ts";

/** A program from a document or a comment. */
export interface Program {
  readonly name: string;
  readonly code: string;
}

/** A program in a folder of its own, which it runs in. */
export interface PlacedProgram extends Program {
  readonly folder: string;
  readonly file: string;
}

/** Writes each program into a folder of the world, its imports of nixoci leading to the sources. */
export async function placePrograms(
  world: World,
  programs: readonly Program[],
): Promise<PlacedProgram[]> {
  return await Promise.all(programs.map(async (program) => {
    const folder = await world.folder();
    const file = join(folder, "program.ts");
    const code = resolveImports(program.code);
    await writeFile(file, PARSES_USING ? code : lowerUsing(code));
    return { ...program, folder, file };
  }));
}

/** Node 22 does not parse `await using`: its users' compilers do this to it. */
const PARSES_USING = "Deno" in globalThis || Number(process.versions.node.split(".")[0]) >= 24;

/** Disposes at the end of the program, the last one first, of what is declared by `await using`. */
function lowerUsing(code: string): string {
  const declared = [...code.matchAll(/^await using (\w+)/gm)].map(([, name]) => name);
  const disposals = declared.reverse().map((name) => `await ${name}[Symbol.asyncDispose]();\n`);
  return code.replace(/^await using /gm, "const ") + "\n" + disposals.join("");
}

function resolveImports(code: string): string {
  const modules = listModules();
  return code.replace(/from "(nixoci[^"]*)"/g, (_, name: string) => {
    const file = modules.get(name);
    if (file === undefined) throw new Error(`package.json exports no ${name}`);
    return `from ${JSON.stringify(file)}`;
  });
}

/** Checks the programs' types. @returns what the compiler says, nothing when all is well. */
export async function checkTypes(programs: readonly PlacedProgram[], at: string): Promise<string> {
  await mkdir(at, { recursive: true });
  const config = join(at, "tsconfig.json");
  await writeFile(
    config,
    JSON.stringify({
      extends: join(ROOT, "tsconfig.json"),
      compilerOptions: {
        typeRoots: [join(ROOT, "node_modules", "@types")],
        moduleDetection: "force",
        noUnusedLocals: false,
      },
      files: programs.map(({ file }) => file),
      include: [],
    }),
  );
  const tsc = join(ROOT, "node_modules", ".bin", "tsc");
  const { stdout, stderr } = await spawned(tsc, ["--noEmit", "-p", config], "", { cwd: at });
  return programs.reduce(
    (text, { name, folder }) =>
      text.replaceAll(
        /\S*\/(\d+\/program\.ts)/g,
        (path, end) => folder.endsWith(`/${end.split("/")[0]}`) ? `${name}: ` : path,
      ),
    stdout + stderr,
  );
}

/** The outcome of a program: what it printed, and why it failed, if it did. */
export interface ProgramOutcome {
  readonly printed: readonly string[];
  readonly error?: string;
}

/** Runs the programs one after another in one process. */
export async function runPrograms(
  world: World,
  programs: readonly PlacedProgram[],
): Promise<ProgramOutcome[]> {
  const driver = join(import.meta.dirname!, "driver.ts");
  const input = JSON.stringify(programs.map(({ folder, file }) => ({
    folder,
    url: pathToFileURL(file).href,
  })));
  const { stdout, stderr, status } = await spawned(execPath, [...RUN, driver], input, {
    env: world.env,
  });
  if (status !== 0) throw new Error(`the programs' process ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

/** Finds tricks that an honest example does without: casts, and resources that stay open. */
export function findTricks(code: string): string[] {
  const casts = code.match(/\bas (?:never|any|unknown)\b/g) ?? [];
  const opened =
    code.match(/(?:const|let) .* = (?:await open(?:Source|Sink|Store)\(|scratch\()/g) ?? [];
  return code.includes("asyncDispose") ? casts : [...casts, ...opened];
}

/** Returns the comments that say what each `console.log` of a program prints. */
export function expectedOutput(code: string): (string | undefined)[] {
  return code.split("\n").filter((line) => line.includes("console.log(")).map((line) =>
    / \/\/ (.*)$/.exec(line)?.[1]
  );
}

/** Says whether a line was printed as a comment says it; `…` stands for anything, quotes are alike. */
export function isAsExpected(line: string, comment: string): boolean {
  const [printed, expected] = [line, comment].map((text) => text.replaceAll('"', "'")) as [
    string,
    string,
  ];
  const pattern = expected.split("…").map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${pattern.join("[^]*")}$`).test(printed);
}
