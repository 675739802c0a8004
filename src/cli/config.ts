/** What oclif has to know of us. Commands are files in `commands/`, imported when they are asked for. */
import { Config } from "@oclif/core/config";
import type { PJSON } from "@oclif/core/interfaces";
import { settings } from "@oclif/core/settings";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What the launcher knows of the package. */
export interface PackageInfo {
  readonly name: string;
  readonly version: string;
  readonly description: string;
}

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** The verbs there are, in alphabetical order. */
export function commandNames(): string[] {
  const files = readdirSync(new URL("./commands", import.meta.url));
  const names = files.filter((file) => !file.endsWith(".d.ts")).map((file) =>
    /^([\w-]+)\.[jt]s$/.exec(file)?.[1]
  );
  return names.filter((name) => name !== undefined).sort();
}

/**
 * oclif's configuration.
 * @param only the one command to know; all of them when it is left out, which imports them all.
 */
export async function loadConfig(info: PackageInfo, only?: string): Promise<Config> {
  // Or oclif looks for a TypeScript compiler and a tsconfig.json when it meets `.ts`.
  settings.enableAutoTranspile = false;
  const pjson = {
    ...info,
    type: "module",
    oclif: {
      bin: "nixoci",
      dirname: "nixoci",
      additionalHelpFlags: ["-h"],
      commands: {
        strategy: "pattern",
        target: "./commands",
        globPatterns: [`${only ?? "*"}.{ts,js}`, "!*.d.ts"],
      },
      helpOptions: {
        docopts: false,
        flagSortOrder: "none",
        hideCommandSummaryInDescription: true,
      },
    },
  };
  return await Config.load({
    root: HERE,
    isRoot: true,
    pjson: pjson as unknown as PJSON,
    ignoreManifest: true,
    userPlugins: false,
    devPlugins: false,
  });
}
