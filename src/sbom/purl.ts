/** Package URLs. @see https://github.com/package-url/purl-spec */

/** Encodes a part of a package URL. */
export function encodePurl(text: string): string {
  return encodeURIComponent(text).replaceAll("%3A", ":");
}
