/** The heads of requests, as they stand on the wire. */

// What no line may have: its own end, and what servers read in different ways.
const LINE = /^[\x20-\x7e]+$/;
/** Requests that do no harm when they are made twice. */
const READS = ["GET", "HEAD"];
const WRITES = ["POST", "PUT", "PATCH"];

/**
 * Formats the head of a request; `undefined` for one of another method, or with odd characters.
 * @param length the number of bytes of its body.
 */
export function formatRequest(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  length = 0,
): Buffer | undefined {
  const stated = WRITES.includes(method) ? { "content-length": `${length}` } : {};
  const fields = Object.entries({ connection: "keep-alive", ...headers, ...stated });
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...fields.map(([name, value]) => `${name}: ${value}`),
  ];
  const isKnown = WRITES.includes(method) || READS.includes(method) && length === 0;
  if (!isKnown || !lines.every((line) => LINE.test(line))) return undefined;
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}
