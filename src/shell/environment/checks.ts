/** Checks what a derivation asks of a container, and tells what differs from a build by Nix. */
import { NixociError } from "../../base/errors.ts";
import type { Notice } from "../../base/notices.ts";
import { isRepository } from "../../image/reference.ts";
import { encodeName, isEscaped, quoteName } from "../../tar/name.ts";
import type { ShellDerivation, ShellOptions } from "./options.ts";

/** The most bytes of a variable with its name, or of an argument: Linux's MAX_ARG_STRLEN. */
const MAX_STRING = 131_071;

/**
 * Checks that a container can start with these variables.
 * @throws NixociError `LIMIT` for one that is too long for Linux, `UNSUPPORTED` for one that has no
 * name or a zero byte, or is not UTF-8, which the config of an image has to be.
 */
export function checkVariables(environment: ReadonlyMap<string, string>, name: string): void {
  for (const [variable, value] of environment) {
    const what = `the variable ${quoteName(variable)} of ${name}`;
    if (variable === "" || `${variable}${value}`.includes("\0")) {
      const why = variable === "" ? "it has no name" : "it has a zero byte";
      throw new NixociError("UNSUPPORTED", `Cannot put ${what} into an image: ${why}`, {
        hint: "no program can have it: take it out of the derivation",
      });
    }
    if (isEscaped(variable) || isEscaped(value)) {
      throw new NixociError("UNSUPPORTED", `Cannot put ${what} into an image: it is not UTF-8`, {
        hint: `have the derivation pass it as a file: passAsFile = [ ${quoteName(variable)} ];`,
      });
    }
    checkLength(`${variable}=${value}`, what, variable);
  }
}

/** The bytes that a program's variables may have together, where its stack's limit is the usual. */
const MAX_ALL = 2 * 1024 * 1024;

/** The bytes that a variable has beside its text: its end, and its address. */
const BESIDE = 9;

/** Lists what is too large in the whole, as Linux counts. @see execve(2), "Limits on size" */
export function listSizeNotices(environment: ReadonlyMap<string, string>, name: string): Notice[] {
  const sizes = [...environment].map(([variable, value]) => ({
    variable,
    size: encodeName(`${variable}=${value}`).length + BESIDE,
  }));
  const sum = sizes.reduce((all, { size }) => all + size, 0);
  if (sum <= MAX_ALL) return [];
  const largest = sizes.reduce((most, one) => one.size > most.size ? one : most);
  const message =
    `the variables of ${name} have ${sum} bytes, and Linux usually takes ${MAX_ALL}: ` +
    `containers do not start; the largest is ${
      quoteName(largest.variable)
    }, and passAsFile makes it ` +
    "a file";
  return [{ code: "SHELL", message }];
}

/** Checks that the builder can start with its arguments. @throws NixociError `LIMIT`. */
export function checkArguments({ derivation: { args, name } }: ShellDerivation): void {
  for (const [i, arg] of args.entries()) {
    checkLength(arg, `argument ${i + 1} of ${name}`, undefined);
  }
}

function checkLength(text: string, what: string, variable: string | undefined): void {
  const { length } = encodeName(text);
  if (length <= MAX_STRING) return;
  const limit = `${length} bytes, and Linux takes ${MAX_STRING}`;
  throw new NixociError("LIMIT", `Cannot use ${what}: it has ${limit}`, {
    hint: variable === undefined
      ? "have the derivation write it into a file"
      : `have the derivation pass it as a file: passAsFile = [ ${quoteName(variable)} ];`,
  });
}

/**
 * Checks that the builder is among the files of the image.
 * @throws NixociError `INCOMPLETE`.
 */
export function checkBuilder(
  { derivation: { builder, name }, storeDir }: ShellDerivation,
  { closure, shell }: ShellOptions,
): void {
  if (closure === undefined || !builder.startsWith(`${storeDir}/`)) return;
  if (
    builder === shell ||
    closure.some(({ path }) => builder.startsWith(`${path}/`) || builder === path)
  ) {
    return;
  }
  const why = `its builder ${builder} is not in the closure of its inputs`;
  throw new NixociError("INCOMPLETE", `Cannot use ${name}: ${why}`, {
    hint: "describe the whole closure, that of the builder too",
  });
}

/** Lists what of the derivation is not as Nix has it, or does not work. */
export function listShellNotices(shell: ShellDerivation, options: ShellOptions): Notice[] {
  const { derivation: { outputs, builder, name, env }, build, storeDir } = shell;
  const kinds = [...outputs].map(([output, { kind }]) => ({ output, kind }));
  const messages: string[] = [];
  if (builder.startsWith("builtin:")) {
    messages.push(`buildDerivation cannot build ${name}: ${builder} is a part of Nix itself`);
  } else if (builder !== "/bin/sh" && !builder.startsWith(`${storeDir}/`)) {
    messages.push(`the builder of ${name} is of the machine, and not in the image: ${builder}`);
  }
  if (kinds.some(({ kind }) => kind === "fixed")) {
    messages.push(`buildDerivation does not compare what it builds with the hash of ${name}`);
  }
  const unknown = kinds.filter(({ kind }) => /floating|impure|deferred/.test(kind));
  for (const { output, kind } of unknown) {
    const path = shell.outputs.get(output);
    messages.push(
      `the path of the output ${output} (${kind}) is not known: it is built as ${path}`,
    );
  }
  if (options.certificates === undefined) {
    messages.push("there are no certificates, so that TLS fails: SSL_CERT_FILE names no file");
  }
  if (env.has("PATH") && build.structured === undefined) {
    messages.push(
      `PATH is an attribute of ${name}, and replaces the folders of the image's programs`,
    );
  }
  return messages.map((message) => ({ code: "SHELL", message }));
}

/**
 * Makes the name that dockerTools gives to the image: the derivation's with `-env`, in lower case.
 * @throws NixociError `USAGE` when that cannot be the name of an image.
 */
export function makeImageName(name: string): string {
  const image = `${name}-env`.toLowerCase();
  if (isRepository(image)) return image;
  const other = image.replace(/[^a-z0-9._-]+/g, "-").replace(/([._-])[._-]+/g, "$1")
    .replace(/^[._-]+/, "");
  throw new NixociError("USAGE", `${quoteName(image)} cannot be the name of an image`, {
    hint: `give it another one: --name ${other}`,
  });
}
