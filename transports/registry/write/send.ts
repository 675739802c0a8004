/**
 * The ways in which a blob's bytes are sent, and which of them a registry takes. One request is what
 * containerd, oras and regctl send; docker, skopeo and crane send one PATCH; chunks with ranges are
 * for what lies between: GHCR refuses them over 4 MiB, ECR miscounts them, Google knows none.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-blobs
 */
import type { Descriptor } from "../../../src/image/descriptor.ts";
import type { SizedBody } from "../../lib/http/exchange.ts";
import type { ClientReply } from "../http/client.ts";
import { HttpFailure } from "../http/failure.ts";
import { noRegistryError } from "../http/page.ts";
import type { Session } from "../session.ts";
import { hasBlob } from "./presence.ts";
import { createCutter, type Outgoing } from "./outgoing.ts";
import { closingUrlOf, DONE, nextLocationOf, readReceived, type Upload } from "./upload.ts";

export type Way =
  /** All of it in the request that closes the upload. */
  | { readonly kind: "whole" }
  /** All of it in one PATCH without a range. */
  | { readonly kind: "stream" }
  /** PATCHes with ranges, of so many bytes. */
  | { readonly kind: "chunks"; readonly size: number };

const BYTES = { "content-type": "application/octet-stream" };

/**
 * Sends what the upload lacks, and closes it. Where something is there already the rest goes in
 * chunks, whatever the way: they are what an upload can be continued with.
 */
export async function sendBlob(
  to: Session,
  upload: Upload,
  blob: Outgoing,
  { descriptor, way }: { readonly descriptor: Descriptor; readonly way: Way },
): Promise<void> {
  if (way.kind === "whole" && upload.offset === 0) {
    return await closeUpload(to, upload, descriptor, wholeOf(blob));
  }
  if (way.kind === "stream" && upload.offset === 0) {
    await patchUpload(to, upload, wholeOf(blob), {});
  } else {
    await sendChunks(to, upload, blob, way.kind === "chunks" ? way.size : Infinity);
  }
  await closeUpload(to, upload, descriptor);
}

function wholeOf(blob: Outgoing): SizedBody {
  return { size: blob.size, mayMove: true, open: () => blob.from(0) };
}

async function sendChunks(
  to: Session,
  upload: Upload,
  blob: Outgoing,
  chunkSize: number,
): Promise<void> {
  const pieces = createCutter(blob.from(upload.offset));
  try {
    while (upload.offset < blob.size) {
      const { offset } = upload;
      const size = Math.min(Math.max(chunkSize, upload.minChunk), blob.size - offset);
      const range = { "content-range": `${offset}-${offset + size - 1}` };
      await patchUpload(to, upload, { size, open: () => pieces.take(size) }, range);
    }
  } finally {
    await pieces.stop();
  }
}

async function patchUpload(
  to: Session,
  upload: Upload,
  body: SizedBody,
  range: Readonly<Record<string, string>>,
): Promise<void> {
  const end = upload.offset + body.size;
  const headers = { ...BYTES, ...range };
  const ask = { method: "PATCH", to: upload.location, headers, body, expect: DONE, once: true };
  await to.ask(ask, async (reply) => {
    await reply.discard();
    upload.location = nextLocationOf(upload, reply);
    const received = readReceived(reply) ?? end;
    if (received !== end) {
      throw new HttpFailure(
        "NETWORK",
        `${reply.url.host} has ${received} bytes of the upload where ${end} were sent`,
        { isTransient: true },
      );
    }
    upload.offset = end;
  });
}

/** Closes the upload, with the bytes that it lacks or with none. */
async function closeUpload(
  to: Session,
  upload: Upload,
  descriptor: Descriptor,
  body?: SizedBody,
): Promise<void> {
  const headers = body ? BYTES : { "content-length": "0" };
  const url = closingUrlOf(upload, descriptor.digest);
  const ask = { method: "PUT", to: url, headers, body, expect: DONE, once: true };
  const { isSaid, host } = await to.ask(ask, async (reply) => {
    await reply.discard();
    return { isSaid: isStored(reply), host: reply.url.host };
  });
  if (isSaid || await hasBlob(to, descriptor)) return;
  throw noRegistryError(host, "says that it has stored a blob, which is not there");
}

/** 201; or another success with what the specification demands of that one. Others cannot say it. */
function isStored({ status, headers, hasLeft }: ClientReply): boolean {
  return !hasLeft && (status === 201 || headers["docker-content-digest"] !== undefined);
}
