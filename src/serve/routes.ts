/**
 * The paths of the distribution API and who answers them: a registry over any storage, as a function.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints
 */
import { isRepository } from "../image/reference.ts";
import {
  createJsonAnswer,
  createProblem,
  type RegistryAnswer,
  type RegistryHandler,
} from "./call.ts";
import type { RouteHandler } from "./endpoint.ts";
import { deleteBlob, getBlob } from "./endpoints/blob.ts";
import { listCatalog } from "./endpoints/catalog.ts";
import { deleteManifest, getManifest } from "./endpoints/manifest.ts";
import { putManifest } from "./endpoints/put-manifest.ts";
import { listReferrers } from "./endpoints/referrers.ts";
import { listTags } from "./endpoints/tags.ts";
import { addChunk, cancelUpload, closeUpload, createUploadAnswer } from "./endpoints/upload.ts";
import { beginUpload } from "./endpoints/begin-upload.ts";
import { LIMITS, type RegistryLimits } from "./limits.ts";
import type { RegistryStorage } from "./storage.ts";
import { openUploads, type UploadTable } from "./uploads.ts";

interface Route {
  /** The repository's name and the last part, which may be empty. */
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, RouteHandler>>;
}

// A repository may have any of these words in its name: the last ones in a path count.
const ROUTES: readonly Route[] = [
  { path: /^\/v2\/(.+)\/blobs\/uploads\/?()$/, methods: { POST: beginUpload } },
  {
    path: /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/,
    methods: { GET: createUploadAnswer, PATCH: addChunk, PUT: closeUpload, DELETE: cancelUpload },
  },
  {
    path: /^\/v2\/(.+)\/blobs\/([^/]+)$/,
    methods: { GET: getBlob, HEAD: getBlob, DELETE: deleteBlob },
  },
  {
    path: /^\/v2\/(.+)\/manifests\/([^/]+)$/,
    methods: { GET: getManifest, HEAD: getManifest, PUT: putManifest, DELETE: deleteManifest },
  },
  { path: /^\/v2\/(.+)\/tags\/list()$/, methods: { GET: listTags, HEAD: listTags } },
  {
    path: /^\/v2\/(.+)\/referrers\/([^/]+)$/,
    methods: { GET: listReferrers, HEAD: listReferrers },
  },
];

/** The methods for what a registry says of itself. */
const READS = ["GET", "HEAD"];

/** Says that this is a registry. */
const WELCOME = createJsonAnswer(200, {}, { "docker-distribution-api-version": "registry/2.0" });

/** A path of the API, matched. */
export interface RegistryPath {
  readonly methods: Readonly<Record<string, RouteHandler>>;
  /** The repository's name as it stands there: nobody has checked it. */
  readonly name: string;
  readonly argument: string;
}

/** Finds what a path asks for; `undefined` when it is none of the API's. */
export function matchPath({ pathname }: URL): RegistryPath | undefined {
  for (const { path, methods } of ROUTES) {
    const [, name, argument = ""] = path.exec(pathname) ?? [];
    if (name !== undefined) return { methods, name, argument: decodePart(argument) };
  }
  return undefined;
}

/** Decodes percent escapes; where they are wrong the part stays as it is, which is not a valid name. */
function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Makes the function that answers calls about what is in the storage. */
export function registryOf(
  storage: RegistryStorage,
  limits: RegistryLimits = LIMITS,
  uploads: UploadTable = openUploads(limits),
): RegistryHandler {
  return async (call) => {
    const { pathname } = call.url;
    if (["/v2", "/v2/", "/v2/_catalog"].includes(pathname)) {
      if (!READS.includes(call.method)) return createNotAllowedAnswer(call.method, READS);
      return pathname === "/v2/_catalog" ? await listCatalog(call, storage) : WELCOME;
    }
    const path = matchPath(call.url);
    if (path === undefined) return createProblem(404, "UNSUPPORTED", "the API has no such path");
    const { methods, name, argument } = path;
    if (!isRepository(name)) return createInvalidNameAnswer();
    const endpoint = Object.hasOwn(methods, call.method) ? methods[call.method] : undefined;
    if (endpoint === undefined) return createNotAllowedAnswer(call.method, Object.keys(methods));
    return await endpoint({ call, storage, uploads, limits, name, argument });
  };
}

function createInvalidNameAnswer(): RegistryAnswer {
  const message = "a repository is words of a-z and 0-9, joined by . _ __ - or /, at most 255 long";
  return createProblem(400, "NAME_INVALID", message);
}

function createNotAllowedAnswer(method: string, allowed: readonly string[]): RegistryAnswer {
  const answer = createProblem(405, "UNSUPPORTED", `${method} is not for this path`);
  return { ...answer, headers: { ...answer.headers, allow: allowed.join(", ") } };
}
