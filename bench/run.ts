/**
 * nixoci beside its peers: `npm run bench -- [SUITE…] [--runs 5] [--only TEXT] [--image TEXT] [--deno]`.
 * Prints a table in Markdown for each suite; without a name, those of copies and starts. `--write` puts
 * it into its page of docs/. A suite whose programs are not there is left out. `--list` says which there are.
 */
import { existsSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Suite } from "./suite.ts";
import { writeTable } from "./write.ts";

const SUITES: Readonly<Record<string, () => Promise<{ readonly suite: Suite }>>> = {
  copies: () => import("./suites/copies.ts"),
  registries: () => import("./suites/registries.ts"),
  cores: () => import("./suites/cores.ts"),
  starts: () => import("./suites/starts.ts"),
  nix: () => import("./suites/nix.ts"),
  base: () => import("./suites/base.ts"),
  layering: () => import("./suites/layering.ts"),
  updates: () => import("./suites/updates.ts"),
  services: () => import("./suites/services.ts"),
  syncs: () => import("./suites/syncs.ts"),
  pullers: () => import("./suites/pullers.ts"),
  growth: () => import("./suites/growth.ts"),
};

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "5" },
    only: { type: "string", default: "" },
    image: { type: "string", default: "" },
    deno: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});

const unknown = positionals.filter((name) => !Object.hasOwn(SUITES, name));
if (unknown.length > 0) {
  console.error(`no suite ${unknown.join(", ")}; there are ${Object.keys(SUITES).join(", ")}`);
  process.exit(2);
}
if (options.list) {
  for (const [name, load] of Object.entries(SUITES)) {
    console.log(`${name}: ${(await load()).suite.summary}`);
  }
} else {
  for (const name of positionals.length > 0 ? positionals : ["copies", "starts"]) {
    const { suite } = await SUITES[name]!();
    const missing = suite.needs?.filter((program) => !isThere(program)) ?? [];
    if (missing.length > 0) {
      console.error(`${name} is left out: there is no ${missing.join(", no ")}`);
      continue;
    }
    const before = loadavg()[0]!;
    const table = await suite.run({ ...options, runs: Number(options.runs) });
    console.log(table + "\n");
    if (!options.write) continue;
    const { page = "benchmarks.md" } = suite;
    await writeTable(name, page, table, describeRun([before, loadavg()[0]!]));
  }
}

/** Tells whether a program is in $PATH. */
function isThere(program: string): boolean {
  const folders = (process.env["PATH"] ?? "").split(":");
  return folders.some((folder) => existsSync(join(folder, program)));
}

/** Says how it was measured. @param loads of the machine, before and after. */
function describeRun(loads: readonly number[]): string {
  const date = new Intl.DateTimeFormat("en", { month: "long", year: "numeric" }).format();
  const load = loads.map((one) => one.toFixed(0)).join(" to ");
  return `Runs: ${options.runs}, cores: ${availableParallelism()}, load: ${load}; Node ` +
    `${process.versions.node}, ${date}.`;
}
