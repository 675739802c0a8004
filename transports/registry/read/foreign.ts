/**
 * Layers that licences keep out of registries, and that their descriptors name URLs for. The
 * author of a manifest chooses those, so they get no credentials (CVE-2020-15157) and lead only to
 * places that anybody could reach; the digest proves what comes.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#properties
 */
import { NixociError } from "../../../src/base/errors.ts";
import { parseNamedUrl } from "../http/client.ts";
import type { Reply } from "../../lib/http/exchange.ts";
import type { Session } from "../session.ts";

/** Asks for the blob with these headers; 200, 206 and 416 are answers. */
export type GetBlob = (headers: Readonly<Record<string, string>>) => Promise<Reply>;

/** Asks the URLs in order, https: only, until one has it. */
export function getForeign(
  of: Session,
  urls: readonly string[],
  expect: readonly number[],
): GetBlob {
  const base = new URL(`https://${of.endpoint.host}`);
  return async (headers) => {
    let failure: unknown = new NixociError(
      "UNSAFE",
      "the layer is kept elsewhere, and none of its URLs is https:",
    );
    for (const text of urls) {
      const url = parseNamedUrl(text, base);
      if (url.protocol !== "https:") continue;
      const message = `a layer is not in the registry; getting it from ${url.host}`;
      of.retry.onNotice?.({ code: "FOREIGN", message });
      try {
        return await of.askStranger(url, { headers, expect });
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  };
}
