/**
 * What `npm pack` publishes is JavaScript: `before` it, the sources are built into `dist/` and the
 * package's exports lead there; `after` it, they lead to the sources again, as a clone needs it.
 * (Node runs TypeScript, but not below node_modules.) In between npm runs `prepare`, which bundles
 * the command line.
 */
import { spawnSync } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { argv, execPath, exit } from "node:process";
import { fileURLToPath } from "node:url";

const PACKAGE = new URL("../package.json", import.meta.url);
const SOURCE = '"./src/mod.ts"';
const BUILT = '{ "types": "./dist/src/mod.d.ts", "default": "./dist/src/mod.js" }';

async function lead(from: string, to: string): Promise<void> {
  const text = await readFile(PACKAGE, "utf8");
  if (!text.includes(from) && !text.includes(to)) {
    throw new Error(`package.json exports no ${from}`);
  }
  await writeFile(PACKAGE, text.replace(from, to));
}

async function build(): Promise<void> {
  await rm(new URL("../dist", import.meta.url), { recursive: true, force: true });
  const tsc = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));
  const { status } = spawnSync(execPath, [tsc, "-p", "tsconfig.build.json"], {
    cwd: new URL("..", import.meta.url),
    stdio: ["ignore", 2, 2], // npm pack prints the tarball's name on stdout, and nothing else
  });
  if (status !== 0) exit(status ?? 1);
}

if (argv[2] === "before") {
  await build();
  await lead(SOURCE, BUILT);
} else await lead(BUILT, SOURCE);
