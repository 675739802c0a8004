/** Loads the runtime's SQLite when it is first needed. */

/** Loads `node:sqlite` without the warning that Node 22 prints, which does not concern our users. */
export function loadSqlite(): typeof import("node:sqlite") {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}
