/** The variables of a command, and the program that sets some of them. */
import type { SandboxCommand } from "../command.ts";
import { type FindEntry, followEntry } from "../tree/follow.ts";
import type { UserIds } from "./user.ts";

/**
 * Variables that change how programs of this machine are loaded, too: `unshare`, the last of them,
 * should not see them, so a program of the image sets them, where there is one.
 */
const LOADER = /^(?:LD_|GLIBC_TUNABLES=|MALLOC_)/;

const ENV_PROGRAMS = ["usr/bin/env", "bin/env"];

/** Returns the variables of a command, for `env -i`: but for those that come {@link wrapCommand later}. */
export function variablesOf(
  { env = [], setsHome = false }: SandboxCommand,
  user: UserIds,
  find: FindEntry,
): string[] {
  const hasHome = !setsHome || env.some((one) => one.startsWith("HOME="));
  const all = hasHome ? env : [...env, `HOME=${user.home ?? "/"}`];
  const setter = findSetter(find);
  return all.filter((one) => setter === undefined || !LOADER.test(one));
}

/** Returns the words of the command, behind a program that sets the last of its variables. */
export function wrapCommand({ argv, env = [] }: SandboxCommand, find: FindEntry): string[] {
  const setter = findSetter(find);
  const late = setter === undefined ? [] : env.filter((one) => LOADER.test(one));
  return [...late.length === 0 ? [] : [`/${setter}`, ...late], ...argv];
}

function findSetter(find: FindEntry): string | undefined {
  return ENV_PROGRAMS.find((path) => find(followEntry(find, path))?.type === "file");
}
