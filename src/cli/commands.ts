/** All verbs, imported: oclif looks for them here when it writes of them (help.ts). */
import { type AnyVerb, type LoadVerb, VERBS } from "./verbs.ts";

/** By oclif's names: `copy`, `lock:add`. */
export const COMMANDS: Readonly<Record<string, AnyVerb>> = Object.fromEntries(
  await Promise.all(
    Object.entries(VERBS).flatMap(([name, verb]) =>
      typeof verb === "function"
        ? [importVerb(name, verb)]
        : Object.entries(verb.verbs).map(([inner, load]) => importVerb(`${name}:${inner}`, load))
    ),
  ),
);

async function importVerb(id: string, load: LoadVerb): Promise<readonly [string, AnyVerb]> {
  return [id, (await load()).default];
}
