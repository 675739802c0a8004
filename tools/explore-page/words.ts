/** Says numbers and names in words. */

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** `1.2 MB` */
export function formatBytes(size: number): string {
  let unit = 0;
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${size.toFixed(unit === 0 || size >= 99.95 ? 0 : 1)} ${UNITS[unit]}`;
}

/** `-` for nothing. */
export function formatSome(size: number): string {
  return size === 0 ? "-" : formatBytes(size);
}

/** `1 file`, `2 files` */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A store path without its folder and its hash. */
export function nameOf(storePath: string): string {
  return storePath.slice(storePath.lastIndexOf("/") + 34);
}
