/** The head of an answer, whichever way it is read. */

/** The status and headers of an answer. */
export interface Head {
  readonly status: number;
  /** By names in small letters. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

// Headers that are lists and may come in several lines; of others the first one counts.
const LISTS = ["link", "warning", "www-authenticate"];

/** Adds a line to the headers; the space around a value is not part of it. */
export function addHeader(
  headers: Record<string, string | undefined>,
  name: string,
  value: string,
): void {
  const before = headers[name];
  if (before === undefined) headers[name] = value.trim();
  else if (LISTS.includes(name)) headers[name] = `${before}, ${value.trim()}`;
}
