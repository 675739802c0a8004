/** Formats derivations as `nix derivation show` prints them. */
import { NixociError } from "../../../base/errors.ts";
import { isEscaped, quoteName } from "../../../tar/name.ts";
import { sortMap } from "../aterm/format.ts";
import { compareBytes, type Derivation, STRUCTURED } from "../derivation.ts";
import { encodeJsonOutput, type ShowVersion } from "./output.ts";
import { encodeJsonValue, JsonNumber, type JsonValue, parseJsonValue } from "./value.ts";

/**
 * Formats derivations by their store paths, as one of the forms of `nix derivation show`: 1 (up to
 * Nix 2.22), 2 (from 2.23), 3 (2.32) or 4 (from 2.33).
 * @throws NixociError `UNSUPPORTED` for a value that is not UTF-8, which JSON cannot hold.
 * @example
 * ```ts
 * import { formatDerivations } from "nixoci";
 *
 * const empty = { outputs: new Map(), inputDrvs: new Map(), inputSrcs: [], args: [], env: new Map() };
 * const derivation = { name: "a", system: "x86_64-linux", builder: "/bin/sh", ...empty };
 * const path = "/nix/store/sbldylj3clbkc0aqvjjzfa6slp4zdvlj-a.drv";
 * const { derivations } = JSON.parse(formatDerivations(new Map([[path, derivation]]), 4));
 * console.log(Object.keys(derivations)[0]); // sbldylj3clbkc0aqvjjzfa6slp4zdvlj-a.drv
 * ```
 */
export function formatDerivations(
  derivations: ReadonlyMap<string, Derivation>,
  version: ShowVersion,
): string {
  const nameOf = (path: string) => version < 3 ? path : path.slice(path.lastIndexOf("/") + 1);
  const all = Object.fromEntries(
    [...derivations].map(([path, one]) => [nameOf(path), encodeOne(one, version, nameOf)]),
  );
  return encodeJsonValue(
    version === 4 ? { version: new JsonNumber("4"), derivations: all } : all,
  );
}

function encodeOne(
  derivation: Derivation,
  version: ShowVersion,
  nameOf: (path: string) => string,
): JsonValue {
  checkTexts(derivation);
  const { name, system, builder, args, outputs, env } = derivation;
  const structured = version < 3 ? undefined : env.get(STRUCTURED);
  const variables = [...env].filter(([key]) => structured === undefined || key !== STRUCTURED);
  return {
    ...(version < 3 ? {} : { version: new JsonNumber(String(version)) }),
    name,
    outputs: Object.fromEntries(
      [...outputs].map(([key, output]) => [key, encodeJsonOutput(output, version, nameOf)]),
    ),
    ...encodeInputs(derivation, version, nameOf),
    system,
    builder,
    args,
    env: Object.fromEntries(variables),
    ...(structured === undefined
      ? {}
      : { structuredAttrs: parseJsonValue(structured, `its ${STRUCTURED}`) }),
  };
}

function encodeInputs(
  { inputDrvs, inputSrcs }: Derivation,
  version: ShowVersion,
  nameOf: (path: string) => string,
): { readonly [key: string]: JsonValue } {
  const srcs = [...inputSrcs].sort(compareBytes).map(nameOf);
  const drvs = Object.fromEntries(
    sortMap(inputDrvs).map(([path, names]): [string, JsonValue] => {
      const outputs = [...names].sort(compareBytes);
      return [nameOf(path), version === 1 ? outputs : { outputs, dynamicOutputs: {} }];
    }),
  );
  return version === 4 ? { inputs: { srcs, drvs } } : { inputSrcs: srcs, inputDrvs: drvs };
}

/** Refuses texts that JSON cannot hold, by their names. */
function checkTexts({ name, builder, system, args, env }: Derivation): void {
  const texts: [string, string][] = [
    ...[...env].flatMap(([key, value]): [string, string][] => [
      ["the name of a variable", key],
      [`the variable ${quoteName(key)}`, value],
    ]),
    ...args.map((arg, i): [string, string] => [`argument ${i + 1} of the builder`, arg]),
    ["the builder", builder],
    ["the system", system],
  ];
  const [what] = texts.find(([, text]) => isEscaped(text)) ?? [];
  if (what === undefined) return;
  throw new NixociError("UNSUPPORTED", `Cannot write ${name} as JSON: ${what} is not UTF-8`, {
    hint: "use its .drv file",
  });
}
