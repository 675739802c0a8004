/** The names that a path is made of. */

/** Lists the names in a path, `..` among them; empty ones and `.` say nothing. */
export function listPathParts(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
