/** Folders that every command has: they are mounted, and nothing in them is in the layer. */
export const MOUNTED = ["dev", "proc", "sys"];
