/** Makes UUIDs of names, so that the same image has the same. */
import { createHash } from "node:crypto";

/** The namespace of URLs. @see https://www.rfc-editor.org/rfc/rfc9562#name-namespace-id-usage-and-allo */
const NAMESPACE = Buffer.from("6ba7b8119dad11d180b400c04fd430c8", "hex");

/** Computes the UUID of version 5 of a name. @see https://www.rfc-editor.org/rfc/rfc9562#section-5.5 */
export function computeUuid(name: string): string {
  const bytes = createHash("sha1").update(NAMESPACE).update(name).digest().subarray(0, 16);
  bytes[6] = bytes[6]! & 0x0f | 0x50;
  bytes[8] = bytes[8]! & 0x3f | 0x80;
  const hex = bytes.toString("hex");
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]]
    .map(([from, to]) => hex.slice(from, to)).join("-");
}
