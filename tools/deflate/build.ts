/** Compiles the compressor and writes its code into src/bytes/gzip: `npm run deflate`. */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const OUT = new URL("../../src/bytes/gzip/deflate-code.ts", import.meta.url);

/** What is used of AssemblyScript's compiler; its own types declare the names that it has in the language. */
interface Compiler {
  main(words: readonly string[], io: {
    writeFile(name: string, content: Uint8Array): void;
  }): Promise<{ readonly error: Error | null; readonly stderr: { toString(): string } }>;
}
const COMPILER: string = "assemblyscript/asc";

/** Compiles the sources in code/, and returns the module that holds their code. */
export async function compileDeflate(): Promise<string> {
  const { main }: Compiler = await import(COMPILER);
  const files = new Map<string, Uint8Array>();
  const { error, stderr } = await main(
    // deno-fmt-ignore
    ["main.ts", "--baseDir", fileURLToPath(new URL("code", import.meta.url)), "--outFile", "code.wasm",
      "--runtime", "stub", "-O3", "--noAssert", "--enable", "simd,bulk-memory",
      "--memoryBase", "16384", "--initialMemory", "46", "--maximumMemory", "46"],
    { writeFile: (name, content) => void files.set(name, content) },
  );
  if (error !== null) throw new Error(stderr.toString(), { cause: error });
  const code = Buffer.from(files.get("code.wasm")!).toString("base64");
  return `/** The code of the compressor, in base64: made of tools/deflate by \`npm run deflate\`. */
// deno-fmt-ignore
export const DEFLATE_CODE =
  "${code}";
`;
}

if (import.meta.main) await writeFile(OUT, await compileDeflate());
