/** Web pages in a registry's place: a network's login, a proxy's welcome, a wrong address. */
import { NixociError } from "../../../src/base/errors.ts";
import { MAX_DOCUMENT } from "../../../src/image/json.ts";
import type { ClientReply } from "./client.ts";

/**
 * Tells whether the bytes are a page. Their type says nothing: Quay gives `text/html` to what has no body,
 * and web servers say of pages that they are whatever they like.
 */
export function isPage(bytes: Uint8Array): boolean {
  return /^\s*</.test(Buffer.from(bytes.subarray(0, 100)).toString("latin1").replace("ï»¿", ""));
}

/** @throws NixociError `REFUSED` when the bytes are a page, where a document was to be. */
export function refusePage(bytes: Uint8Array, host: string): void {
  if (isPage(bytes)) throw noRegistryError(host, "answers with a web page");
}

/** Makes the error for a server that does not do as registries do. */
export function noRegistryError(host: string, does: string): NixociError {
  return new NixociError("REFUSED", `${host} ${does}: this does not look like a registry`, {
    hint: "is the address right, and does nothing between, a network's login or a proxy, answer?",
  });
}

/**
 * Tells whether it is a registry that answers `GET /v2/`, and the one that was asked.
 * @throws NixociError `REFUSED` when it is not.
 * @see https://distribution.github.io/distribution/spec/api/#api-version-check
 */
export async function checkVersion(reply: ClientReply, host: string): Promise<void> {
  const bytes = await reply.bytes(MAX_DOCUMENT);
  const body = bytes.toString().trim();
  if (reply.hasLeft) {
    throw new NixociError(
      "REFUSED",
      `${host} sends us to ${reply.url.host}, which got no password`,
    );
  }
  if (reply.headers["docker-distribution-api-version"] !== undefined || body === "") return;
  try {
    JSON.parse(body);
  } catch {
    throw noRegistryError(host, isPage(bytes) ? "answers with a web page" : "says no JSON");
  }
}
