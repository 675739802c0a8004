/** Reads times as people write them, and writes them as configs have them. */

const DAY = /\d{4}-\d\d-\d\d/;
const MINUTE = /(?:[01]\d|2[0-3]):[0-5]\d/;
const SECOND = /:[0-5]\d(?:\.\d{1,9})?/;
const ZONE = /Z|[+-](?:[01]\d|2[0-3]):[0-5]\d/;
const TIME = new RegExp(
  `^(${DAY.source})(?:[T ](${MINUTE.source})(${SECOND.source})?(${ZONE.source})?)?$`,
);

/**
 * Returns the time as RFC 3339 has it, which every reader of a config understands. A day, a time
 * without seconds or without a zone (UTC then) are completed. `undefined` for text that is not a time.
 * @see https://www.rfc-editor.org/rfc/rfc3339#section-5.6
 */
export function normalizeTime(text: string): string | undefined {
  const [, day, minute = "00:00", second = ":00", zone = "Z"] = TIME.exec(text) ?? [];
  if (day === undefined) return undefined;
  // JavaScript takes the 31st of February for the 3rd of March.
  const midnight = new Date(`${day}T00:00:00Z`);
  const isDay = !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
  return isDay ? `${day}T${minute}${second}${zone}` : undefined;
}
