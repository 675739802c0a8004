/**
 * Formats the environment of a derivation for a shell of the person's own, as `nix print-dev-env`
 * prints it. That one runs the builder's setup first; here the shell does, which reads the text.
 * @see https://nix.dev/manual/nix/latest/command-ref/new-cli/nix3-print-dev-env
 */
import type { Buffer } from "node:buffer";
import {
  isVariableName,
  quoteWord,
  type ShellVariable,
  shellVariablesOf,
} from "../../nix/derivation/attributes/structured.ts";
import { decodeName, encodeName } from "../../tar/name.ts";
import type { AttributeFiles } from "./attribute-files.ts";
import type { ShellDerivation } from "./options.ts";

/** Variables that are the person's own, or that name folders which only a build has. */
const LEFT_OUT = new Set([
  ...["BASHOPTS", "HOME", "NIX_BUILD_TOP", "NIX_ENFORCE_PURITY", "NIX_LOG_FD", "NIX_REMOTE"],
  ...["PPID", "PWD", "SHELLOPTS", "SSL_CERT_FILE", "NIX_SSL_CERT_FILE", "TEMP", "TEMPDIR"],
  ...["TERM", "TMP", "TMPDIR", "TZ", "UID", "PATH", "IN_NIX_SHELL"],
]);

/** Formats a script for Bash; it makes a folder for temporary files, and puts files there. */
export function formatEnvironmentScript(
  { derivation }: ShellDerivation,
  { files, variables }: AttributeFiles,
  environment: ReadonlyMap<string, string>,
): Buffer {
  const exported = [...environment].filter(([name]) =>
    isVariableName(name) && !LEFT_OUT.has(name) && !variables.has(name)
  );
  const path = derivation.env.get("PATH");
  return encodeName([
    "unset shellHook",
    'nix_saved_PATH="$PATH"',
    'nix_saved_XDG_DATA_DIRS="${XDG_DATA_DIRS-}"',
    ...exported.map(([name, value]) => `export ${name}=${quoteWord(value)}`),
    'export NIX_BUILD_TOP="$(mktemp -d -t nix-shell.XXXXXX)"',
    ...["TMP", "TMPDIR", "TEMP", "TEMPDIR"].map((name) => `export ${name}="$NIX_BUILD_TOP"`),
    ...[...files].map(([name, content]) =>
      `printf %s ${quoteWord(decodeName(content))} > "$NIX_BUILD_TOP/${name}"`
    ),
    ...[...variables].map(([name, file]) => `export ${name}="$NIX_BUILD_TOP/${file}"`),
    "export IN_NIX_SHELL=impure",
    "dontAddDisableDepTrack=1",
    ...(variables.has("NIX_ATTRS_SH_FILE") ? ['source "$NIX_ATTRS_SH_FILE"'] : []),
    ...(path === undefined ? [] : [`export PATH=${quoteWord(path)}`]),
    'if [ -e "${stdenv-}/setup" ]; then source "$stdenv/setup"; set +e; fi',
    'if [ "$PATH" != "$nix_saved_PATH" ]; then export PATH="$PATH:$nix_saved_PATH"; fi',
    'if [ "${XDG_DATA_DIRS-}" != "$nix_saved_XDG_DATA_DIRS" ]; then',
    '  export XDG_DATA_DIRS="$XDG_DATA_DIRS:$nix_saved_XDG_DATA_DIRS"',
    "fi",
    "unset NIX_ENFORCE_PURITY",
    'eval "${shellHook-}"',
    "",
  ].join("\n"));
}

/** A variable as `nix print-dev-env --json` prints it. */
interface PrintedVariable {
  readonly type: "exported" | ShellVariable["type"];
  readonly value: string | readonly string[] | Readonly<Record<string, string>>;
}

/** Encodes the environment as `nix print-dev-env --json` prints it, as it is before any setup. */
export function encodeEnvironment(
  { files, structured = {} }: AttributeFiles,
  environment: ReadonlyMap<string, string>,
): Record<string, unknown> {
  const printed = new Map<string, PrintedVariable>();
  for (const [name, variable] of shellVariablesOf(structured)) {
    printed.set(name, printedOf(variable));
  }
  for (const [name, value] of environment) printed.set(name, { type: "exported", value });
  const structuredFiles = [...files.keys()].filter((name) => name.startsWith(".attrs."));
  return {
    variables: Object.fromEntries(printed),
    bashFunctions: {},
    ...(structuredFiles.length === 0 ? {} : {
      structuredAttrs: Object.fromEntries(
        structuredFiles.map((name) => [name, decodeName(files.get(name)!)]),
      ),
    }),
  };
}

function printedOf({ type, value }: ShellVariable): PrintedVariable {
  return { type, value: type === "associative" ? Object.fromEntries(value) : value };
}
