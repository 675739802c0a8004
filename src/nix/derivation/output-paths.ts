/**
 * Computes the paths of outputs, from all that they are made from.
 * @see https://nix.dev/manual/nix/latest/store/derivation/outputs/input-address
 */
import { NixociError } from "../../base/errors.ts";
import { STORE_DIR } from "../formats/store-path.ts";
import { formatDerivation } from "./aterm/format.ts";
import type { Derivation, DerivationOutput } from "./derivation.ts";
import { formatHashing } from "./hashes.ts";
import { computeFixedPath, makeStorePath, outputNameOf, sha256Of } from "./paths.ts";

/** Gives a derivation by its store path. */
export type DerivationLookup = (path: string) => Promise<Derivation>;

/**
 * The identity of a derivation as an input: one hash, or, where the outputs are fixed, one for each
 * of them; `undefined` when it depends on paths that are not known before a build.
 */
type InputHash = string | ReadonlyMap<string, string> | undefined;

/**
 * Computes the paths of a derivation's outputs; `undefined` for those that a build has to show.
 * @param lookUp reads the derivations that it needs.
 * @throws NixociError `MALFORMED` when it needs an output that an input does not have.
 * @example
 * ```ts
 * import { computeOutputPaths, parseDerivation } from "nixoci";
 *
 * const file = Buffer.from(`Derive([("out","","","")],[],[],"x86_64-linux","/bin/sh",[],[])`);
 * const paths = await computeOutputPaths(parseDerivation(file, "nothing"), async () => {
 *   throw new Error("it has no inputs");
 * });
 * console.log(paths.get("out")?.slice(43)); // -nothing
 * ```
 */
export async function computeOutputPaths(
  derivation: Derivation,
  lookUp: DerivationLookup,
  storeDir: string = STORE_DIR,
): Promise<Map<string, string | undefined>> {
  const outputs = [...derivation.outputs];
  const isAddressed = outputs.every(([, { kind }]) => isInputAddressed(kind));
  const hash = isAddressed
    ? await hashDerivation(omitOwnPaths(derivation), createInputHasher(lookUp))
    : undefined;
  const pathOf = (name: string, output: DerivationOutput): string | undefined => {
    const full = outputNameOf(derivation.name, name);
    if (output.kind === "fixed") return computeFixedPath(output, full, storeDir);
    return hash === undefined ? undefined : makeStorePath(`output:${name}`, hash, full, storeDir);
  };
  return new Map(outputs.map(([name, output]) => [name, pathOf(name, output)]));
}

function isInputAddressed(kind: DerivationOutput["kind"]): boolean {
  return kind === "input-addressed" || kind === "deferred";
}

/** Returns a derivation without the paths of its own outputs. */
function omitOwnPaths(derivation: Derivation): Derivation {
  const { outputs, env } = derivation;
  return {
    ...derivation,
    outputs: new Map([...outputs.keys()].map((name) => [name, { kind: "deferred" }])),
    env: new Map([...env].map(([name, value]) => [name, outputs.has(name) ? "" : value])),
  };
}

/** Hashes a derivation with hashes in the place of its inputs; `undefined` when one has none. */
async function hashDerivation(
  derivation: Derivation,
  hashInput: (path: string) => Promise<InputHash>,
): Promise<string | undefined> {
  const inputs = new Map<string, Set<string>>();
  for (const [path, outputs] of derivation.inputDrvs) {
    const hash = await hashInput(path);
    if (hash === undefined) return undefined;
    for (const output of outputs) {
      const [key, name] = typeof hash === "string" ? [hash, output] : [hash.get(output), "out"];
      if (key === undefined) throw missingError(path, output);
      inputs.set(key, (inputs.get(key) ?? new Set()).add(name));
    }
  }
  const inputDrvs = new Map([...inputs].map(([hash, names]) => [hash, [...names]]));
  return sha256Of(formatDerivation({ ...derivation, inputDrvs }));
}

/** Creates what hashes inputs, each of them once. */
function createInputHasher(lookUp: DerivationLookup): (path: string) => Promise<InputHash> {
  const known = new Map<string, Promise<InputHash>>();
  const hashInput = (path: string): Promise<InputHash> => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const hash = lookUp(path).then((derivation) => hashOf(derivation, hashInput));
    known.set(path, hash);
    return hash;
  };
  return hashInput;
}

/** Returns the identity of a derivation as an input. */
async function hashOf(
  derivation: Derivation,
  hashInput: (path: string) => Promise<InputHash>,
): Promise<InputHash> {
  const outputs = [...derivation.outputs];
  const fixed = outputs.flatMap(([name, one]) =>
    one.kind === "fixed"
      ? [[name, sha256Of(`fixed:out:${formatHashing(one)}:${one.hash}:${one.path}`)] as const]
      : []
  );
  if (fixed.length > 0) return new Map(fixed);
  const isKnown = outputs.every(([, { kind }]) => kind === "input-addressed");
  return isKnown ? await hashDerivation(derivation, hashInput) : undefined;
}

function missingError(path: string, output: string): NixociError {
  return new NixociError("MALFORMED", `${path} has no output ${output}, which is needed`);
}
