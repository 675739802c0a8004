/** SQLite as the runtime brings it, loaded when it is first needed. */

/** `node:sqlite`. Node 22 warns of it on stderr when it is loaded: no business of our users. */
export function sqlite(): typeof import("node:sqlite") {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}
