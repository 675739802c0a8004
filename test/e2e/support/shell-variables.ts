/** Variables that shells print with `env -0`, to be compared with those of others. */

/** Variables that differ because the place is another, or that Bash sets itself. */
const OTHERS = new Set([
  ...["_", "SHLVL", "PWD", "OLDPWD", "PATH", "TERM", "HOME", "__ETC_PROFILE_SOURCED"],
  ...["NIX_BUILD_TOP", "TMPDIR", "TEMPDIR", "TMP", "TEMP", "NIX_BUILD_SHELL"],
  ...["SSL_CERT_FILE", "NIX_SSL_CERT_FILE", "NIX_ATTRS_SH_FILE", "NIX_ATTRS_JSON_FILE", "__json"],
]);

/** Returns the variables, behind whatever a hook has printed. */
export function variablesOf(text: string): Map<string, string> {
  const pairs = text.replace(/^hook of .*\n/, "").split("\0").filter((one) => one.includes("="));
  return new Map(pairs.map((pair) => {
    const at = pair.indexOf("=");
    return [pair.slice(0, at), pair.slice(at + 1)];
  }));
}

/** Returns those that have to be the same, in their order. */
export function withoutPlaces(variables: ReadonlyMap<string, string>): [string, string][] {
  return [...variables].filter(([name]) => !OTHERS.has(name)).sort();
}
