/**
 * Lists what a derivation is built from: only those outputs of its inputs that it names, for others
 * (documents, static libraries) can be as large as all the rest.
 */
import { NixociError } from "../../base/errors.ts";
import { mapLimited } from "../../bytes/flow/map.ts";
import type { NixStore } from "../store/store.ts";
import { type Derivation, outputPathOf } from "./derivation.ts";
import type { DerivationLookup } from "./output-paths.ts";
import { namePartOf } from "../formats/store-path.ts";

/** The number of files that are read at a time. */
const AT_A_TIME = 16;

/** A store path that a derivation needs. */
export interface DerivationInput {
  readonly path: string;
  /** The derivation that makes it, and as which of its outputs; a source has neither. */
  readonly from?: { readonly derivation: string; readonly output: string };
}

/**
 * Lists the store paths that a derivation needs, without what these need themselves.
 * @throws NixociError `UNSUPPORTED` when the path of one is known only after its build, `MALFORMED`
 * when an input lacks the output, and what the lookup throws.
 * @example
 * ```ts
 * import { listInputs, parseDerivation } from "nixoci";
 *
 * const source = "/nix/store/sbldylj3clbkc0aqvjjzfa6slp4zdvlj-source";
 * const file = Buffer.from(`Derive([],[],["${source}"],"x86_64-linux","/bin/sh",[],[])`);
 * const inputs = await listInputs(parseDerivation(file, "a"), async () => {
 *   throw new Error("it needs no other derivation");
 * });
 * console.log(inputs[0]?.path === source); // true
 * ```
 */
export async function listInputs(
  { inputDrvs, inputSrcs }: Derivation,
  lookUp: DerivationLookup,
): Promise<DerivationInput[]> {
  const made = await mapLimited([...inputDrvs], AT_A_TIME, async ([derivation, outputs]) => {
    const input = await lookUp(derivation);
    return outputs.map((output): DerivationInput => ({
      path: pathOf(input, derivation, output),
      from: { derivation, output },
    }));
  });
  return [...inputSrcs.map((path) => ({ path })), ...made.flat()];
}

function pathOf(input: Derivation, derivation: string, name: string): string {
  const output = input.outputs.get(name);
  if (output === undefined) {
    throw new NixociError("MALFORMED", `${derivation} has no output ${name}, which is needed`);
  }
  const path = outputPathOf(output);
  if (path !== undefined) return path;
  const why = `its path is known only when it is built (${output.kind})`;
  throw new NixociError("UNSUPPORTED", `Cannot use the output ${name} of ${derivation}: ${why}`, {
    hint: "use a derivation whose inputs are not content-addressed",
  });
}

/**
 * Checks that all inputs are in the store.
 * @param name the derivation's, for errors.
 * @throws NixociError `INCOMPLETE` with the inputs that are not there, and the command that builds
 * them.
 * @example
 * ```ts
 * import { checkRealised } from "nixoci";
 *
 * const path = "/nix/store/sbldylj3clbkc0aqvjjzfa6slp4zdvlj-source";
 * const store = { name: "an empty store", info: async () => undefined };
 * try {
 *   await checkRealised([{ path }], "hello", store);
 * } catch (error) {
 *   console.log((error as Error).message.slice(0, 33)); // Cannot use hello: an input is not
 * }
 * ```
 */
export async function checkRealised(
  inputs: readonly DerivationInput[],
  name: string,
  store: Pick<NixStore, "info" | "name">,
): Promise<void> {
  const missing = [];
  for (const input of inputs) {
    if (await store.info(input.path) === undefined) missing.push(input);
  }
  if (missing.length === 0) return;
  const shown = missing.slice(0, MOST_SHOWN).map(({ path }) => namePartOf(path));
  const rest = missing.length - shown.length;
  const names = [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join(", ");
  const count = missing.length === 1 ? "an input is" : `${missing.length} inputs are`;
  throw new NixociError(
    "INCOMPLETE",
    `Cannot use ${name}: ${count} not in ${store.name}: ${names}`,
    {
      hint: suggestBuild(missing),
    },
  );
}

const MOST_SHOWN = 20;

/** Suggests the command that builds what is missing, as `nix-store` takes it. */
function suggestBuild(missing: readonly DerivationInput[]): string {
  const outputs = new Map<string, string[]>();
  for (const { from } of missing) {
    if (from === undefined) continue;
    outputs.set(from.derivation, [...outputs.get(from.derivation) ?? [], from.output]);
  }
  if (outputs.size === 0) return "evaluate the derivation on this machine, which adds its sources";
  const args = [...outputs].map(([derivation, names]) => `'${derivation}!${names.join(",")}'`);
  return `build them: nix-store --realise ${args.join(" ")}`;
}
