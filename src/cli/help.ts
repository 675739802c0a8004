/**
 * oclif's view of the commands, for what it writes of them: the help, and what is made from the
 * same words (completion, reference). Running a verb needs none of it.
 */
import { Config } from "@oclif/core/config";
import type { PJSON } from "@oclif/core/interfaces";
import { run } from "@oclif/core/run";
import { settings } from "@oclif/core/settings";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { VERBS } from "./verbs.ts";

/** What the launcher knows of the package. */
export interface PackageInfo {
  readonly name: string;
  readonly version: string;
  readonly description: string;
}

// For those who want the words of the commands only.
const NOBODY: PackageInfo = { name: "nixoci", version: "0.0.0", description: "" };

/** Loads oclif's configuration, with all commands. */
export async function loadConfig(info: PackageInfo = NOBODY): Promise<Config> {
  // Or oclif looks for a TypeScript compiler and a tsconfig.json when it meets `.ts`.
  settings.enableAutoTranspile = false;
  const pjson = {
    ...info,
    type: "module",
    oclif: {
      bin: "nixoci",
      dirname: "nixoci",
      additionalHelpFlags: ["-h"],
      topicSeparator: " ",
      topics: groups(),
      commands: {
        strategy: "explicit",
        target: `./commands${extname(import.meta.url)}`,
        identifier: "COMMANDS",
      },
      helpOptions: {
        docopts: false,
        flagSortOrder: "none",
        hideCommandSummaryInDescription: true,
      },
    },
  };
  return await Config.load({
    root: fileURLToPath(new URL(".", import.meta.url)),
    isRoot: true,
    pjson: pjson as unknown as PJSON,
    ignoreManifest: true,
    userPlugins: false,
    devPlugins: false,
  });
}

function groups(): Record<string, { description: string }> {
  const entries = Object.entries(VERBS).flatMap(([name, verb]) =>
    typeof verb === "function" ? [] : [[name, { description: verb.summary }] as const]
  );
  return Object.fromEntries(entries);
}

/** Prints the help of a verb, of a group of verbs, or of all when none is named. */
export async function showHelp(path: readonly string[], info: PackageInfo): Promise<void> {
  await run([...path, "--help"], await loadConfig(info));
}
