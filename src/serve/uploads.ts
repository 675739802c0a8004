/** The uploads under way: blobs that come in one request or in many, over connections that break. */
import { randomUUID } from "node:crypto";
import type { RegistryCall } from "./call.ts";
import type { RegistryLimits } from "./limits.ts";
import type { BlobWriter } from "./storage.ts";

/** One blob on its way in. */
export interface BlobUpload {
  readonly id: string;
  /** The name of the repository that it will be in. */
  readonly repository: string;
  readonly writer: BlobWriter;
}

/** All uploads of a registry. */
export interface UploadTable extends AsyncDisposable {
  /** Those under way, by their IDs. */
  readonly uploads: ReadonlyMap<string, BlobUpload>;
  /** Enters a new upload; `undefined`, and nothing is opened, when there are too many. */
  add(repository: string, open: () => Promise<BlobWriter>): Promise<BlobUpload | undefined>;
  /** Finds an upload of the repository. */
  find(repository: string, id: string): BlobUpload | undefined;
  /**
   * Does the work of a call on an upload, one at a time; `undefined` when there is no such upload.
   * The newest call wins: a client that comes back has given up the connection that came before,
   * though we may not have heard of it yet.
   */
  occupy<T>(
    upload: Pick<BlobUpload, "repository" | "id">,
    call: RegistryCall,
    work: (upload: BlobUpload) => Promise<T>,
  ): Promise<T | undefined>;
  /** Ends an upload; what has come of it and is not committed goes. */
  end(upload: BlobUpload): Promise<void>;
}

interface TrackedUpload extends BlobUpload {
  lastUsed: number;
  /** The call that works on it, and the end of that. */
  current: { readonly call: RegistryCall; readonly done: Promise<unknown> } | undefined;
}

/** Makes a table without uploads. */
export function openUploads({ uploads: most, idle }: RegistryLimits): UploadTable {
  const uploads = new Map<string, TrackedUpload>();
  const end = async ({ id, writer }: BlobUpload): Promise<void> => {
    uploads.delete(id);
    await writer[Symbol.asyncDispose]();
  };
  const dropIdle = (): void => {
    for (const upload of uploads.values()) {
      const isIdle = upload.current === undefined && performance.now() - upload.lastUsed > idle;
      if (isIdle) end(upload).catch(() => {});
    }
  };
  const find = (repository: string, id: string): TrackedUpload | undefined => {
    const upload = uploads.get(id);
    return upload?.repository === repository ? upload : undefined;
  };
  return {
    uploads,
    async add(repository, open) {
      dropIdle();
      if (uploads.size >= most) return undefined;
      const [id, writer] = [randomUUID(), await open()];
      const upload = { id, repository, writer, lastUsed: performance.now(), current: undefined };
      uploads.set(id, upload);
      return upload;
    },
    find,
    async occupy({ repository, id }, call, work) {
      const upload = find(repository, id);
      return upload && await takeTurn(upload, call, async () =>
        // The call before may have ended it.
        uploads.has(id) ? await work(upload) : undefined);
    },
    end,
    async [Symbol.asyncDispose]() {
      await Promise.allSettled([...uploads.values()].map(end));
    },
  };
}

async function takeTurn<T>(
  upload: TrackedUpload,
  call: RegistryCall,
  work: () => Promise<T>,
): Promise<T> {
  const before = upload.current;
  before?.call.abort();
  const working = Promise.resolve(before?.done).then(work);
  const current = { call, done: working.catch(() => {}) };
  upload.current = current;
  try {
    return await working;
  } finally {
    upload.lastUsed = performance.now();
    if (upload.current === current) upload.current = undefined;
  }
}
