/**
 * The distribution API's end points over a store.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints
 */
import { digestOf, hasher } from "../../../src/bytes/digest.ts";
import { MEDIA_TYPES } from "../../../src/image/media-types.ts";
import { type Answer, json, problem } from "./answer.ts";
import type { Access } from "./auth.ts";
import { manifestOf, missingFrom, type Store, type Upload } from "./store.ts";

/** Parts of the API that a test can do without. */
export type Feature =
  | "referrers"
  | "mount"
  | "head"
  | "monolithic"
  | "chunked"
  | "delete"
  | "range";

export interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

type Handler = (store: Store, call: Call, name: string, argument: string) => Answer;

interface Route {
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, Handler>>;
}

const ROUTES: readonly Route[] = [
  { path: /^\/v2\/(.+)\/blobs\/uploads\/$/, methods: { POST: beginUpload } },
  {
    path: /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/,
    methods: { GET: uploadStatus, PATCH: addChunk, PUT: endUpload, DELETE: cancelUpload },
  },
  {
    path: /^\/v2\/(.+)\/blobs\/([^/]+)$/,
    methods: { GET: getBlob, HEAD: getBlob, DELETE: deleteBlob },
  },
  {
    path: /^\/v2\/(.+)\/manifests\/([^/]+)$/,
    methods: { GET: getManifest, HEAD: getManifest, PUT: putManifest, DELETE: deleteManifest },
  },
  { path: /^\/v2\/(.+)\/tags\/list()$/, methods: { GET: listTags } },
  { path: /^\/v2\/(.+)\/referrers\/([^/]+)$/, methods: { GET: referrers } },
];

/** What a call needs to be allowed. */
export function accessOf({ method, url }: Pick<Call, "method" | "url">): Access[] {
  const name = ROUTES.map(({ path }) => path.exec(url.pathname)?.[1]).find(Boolean);
  if (name === undefined) return [];
  const reads = method === "GET" || method === "HEAD";
  const actions = reads ? ["pull"] : method === "DELETE" ? ["delete"] : ["pull", "push"];
  const isUpload = url.pathname.includes("/blobs/uploads/");
  const from = url.searchParams.get("from");
  return [
    { repository: name, actions: isUpload ? ["pull", "push"] : actions },
    ...(from === null ? [] : [{ repository: from, actions: ["pull"] }]),
  ];
}

/** Answers a call that is allowed. */
export function route(store: Store, call: Call, without: readonly Feature[]): Answer {
  const { method, url } = call;
  if (url.pathname === "/v2/") return json(200, {});
  if (isWithout(call, without)) return problem(method === "POST" ? 400 : 405, "UNSUPPORTED");
  for (const { path, methods } of ROUTES) {
    const [, name, argument = ""] = path.exec(url.pathname) ?? [];
    if (name === undefined) continue;
    if (without.includes("referrers") && url.pathname.includes("/referrers/")) break;
    const known = without.includes("range")
      ? { ...call, headers: { ...call.headers, range: undefined } }
      : call;
    const answer = methods[method]?.(store, known, name, argument) ?? problem(405, "UNSUPPORTED");
    if (without.includes("referrers") && answer.headers?.["oci-subject"]) {
      return { ...answer, headers: { ...answer.headers, "oci-subject": "" } };
    }
    return answer;
  }
  return problem(404, "NAME_UNKNOWN");
}

/** Keeps what came of an upload's body before the connection broke. */
export function keepPart(store: Store, { url, body }: Pick<Call, "url" | "body">): void {
  const upload = store.uploads.get(url.pathname.slice(url.pathname.lastIndexOf("/") + 1));
  if (upload) upload.bytes = Buffer.concat([upload.bytes, body]);
}

function isWithout({ method, url, body }: Call, without: readonly Feature[]): boolean {
  const isUpload = url.pathname.includes("/blobs/uploads/");
  return without.some((feature) =>
    feature === "head" && method === "HEAD" ||
    feature === "delete" && method === "DELETE" ||
    feature === "monolithic" && isUpload && method === "PUT" && body.length > 0 ||
    feature === "chunked" && method === "PATCH"
  );
}

function locationOf({ repository, id }: Upload): string {
  // A state with characters that must come back exactly as they are.
  return `/v2/${repository}/blobs/uploads/${id}?_state=a%2Bb~c%3D`;
}

function progress(upload: Upload, status: number): Answer {
  return {
    status,
    headers: {
      location: locationOf(upload),
      range: `0-${Math.max(0, upload.bytes.length - 1)}`,
      "docker-upload-uuid": upload.id,
    },
  };
}

function beginUpload(store: Store, { url }: Call, name: string): Answer {
  const mount = url.searchParams.get("mount");
  const from = url.searchParams.get("from");
  const blob = mount && from && store.has(from) && store.repository(from).blobs.get(mount);
  if (blob) {
    store.repository(name).blobs.set(mount, blob);
    const location = `/v2/${name}/blobs/${mount}`;
    return { status: 201, headers: { location, "docker-content-digest": mount } };
  }
  return progress(store.begin(name), 202);
}

function uploadStatus(store: Store, _: Call, __: string, id: string): Answer {
  const upload = store.uploads.get(id);
  return upload ? progress(upload, 204) : problem(404, "BLOB_UPLOAD_UNKNOWN");
}

function addChunk(store: Store, { headers, body }: Call, _: string, id: string): Answer {
  const upload = store.uploads.get(id);
  if (!upload) return problem(404, "BLOB_UPLOAD_UNKNOWN");
  const range = headers["content-range"];
  if (range !== undefined && Number(/^(\d+)-\d+$/.exec(`${range}`)?.[1]) !== upload.bytes.length) {
    return { ...problem(416, "BLOB_UPLOAD_INVALID"), headers: progress(upload, 416).headers! };
  }
  upload.bytes = Buffer.concat([upload.bytes, body]);
  return progress(upload, 202);
}

function endUpload(store: Store, { url, body }: Call, name: string, id: string): Answer {
  const upload = store.uploads.get(id);
  if (!upload) return problem(404, "BLOB_UPLOAD_UNKNOWN");
  const digest = url.searchParams.get("digest") ?? "";
  const bytes = Buffer.concat([upload.bytes, body]);
  const hash = hasher(digest.startsWith("sha512:") ? "sha512" : "sha256");
  hash.update(bytes);
  if (url.searchParams.get("_state") !== "a+b~c=") return problem(400, "BLOB_UPLOAD_INVALID");
  if (hash.digest() !== digest) return problem(400, "DIGEST_INVALID");
  store.uploads.delete(id);
  store.repository(name).blobs.set(digest, bytes);
  const location = `/v2/${name}/blobs/${digest}`;
  return { status: 201, headers: { location, "docker-content-digest": digest } };
}

function cancelUpload(store: Store, _: Call, __: string, id: string): Answer {
  return store.uploads.delete(id) ? { status: 204 } : problem(404, "BLOB_UPLOAD_UNKNOWN");
}

function getBlob(store: Store, { headers }: Call, name: string, digest: string): Answer {
  const bytes = store.has(name) ? store.repository(name).blobs.get(digest) : undefined;
  if (!bytes) return problem(404, "BLOB_UNKNOWN");
  const common = {
    "content-type": "application/octet-stream",
    "docker-content-digest": digest,
    "accept-ranges": "bytes",
  };
  const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(`${headers["range"] ?? ""}`) ?? [];
  if (start === undefined) return { status: 200, headers: common, body: bytes };
  if (+start >= bytes.length) return problem(416, "RANGE_INVALID");
  const last = end ? Math.min(+end, bytes.length - 1) : bytes.length - 1;
  return {
    status: 206,
    headers: { ...common, "content-range": `bytes ${start}-${last}/${bytes.length}` },
    body: bytes.subarray(+start, last + 1),
  };
}

function deleteBlob(store: Store, _: Call, name: string, digest: string): Answer {
  return store.repository(name).blobs.delete(digest)
    ? { status: 202 }
    : problem(404, "BLOB_UNKNOWN");
}

function getManifest(store: Store, _: Call, name: string, reference: string): Answer {
  const found = store.has(name) ? manifestOf(store.repository(name), reference) : undefined;
  if (!found) return problem(404, "MANIFEST_UNKNOWN", `manifest unknown to ${name}`);
  return {
    status: 200,
    headers: { "content-type": found.mediaType, "docker-content-digest": found.digest },
    body: found.bytes,
  };
}

function putManifest(store: Store, call: Call, name: string, reference: string): Answer {
  const { headers, body } = call;
  const digest = digestOf(body);
  const repository = store.repository(name);
  const missing = missingFrom(repository, body);
  if (missing.length > 0) {
    const errors = missing.map((detail) => ({
      code: "MANIFEST_BLOB_UNKNOWN",
      message: "blob unknown to registry",
      detail: { digest: detail },
    }));
    return json(404, { errors });
  }
  const isDigest = reference.includes(":");
  if (isDigest && reference !== digest) return problem(400, "DIGEST_INVALID");
  repository.manifests.set(digest, { mediaType: `${headers["content-type"]}`, bytes: body });
  if (!isDigest) repository.tags.set(reference, digest);
  const subject = JSON.parse(body.toString()).subject?.digest;
  return {
    status: 201,
    headers: {
      location: `/v2/${name}/manifests/${digest}`,
      "docker-content-digest": digest,
      ...(subject && { "oci-subject": subject }),
    },
  };
}

function deleteManifest(store: Store, _: Call, name: string, reference: string): Answer {
  const { manifests, tags } = store.repository(name);
  if (tags.delete(reference)) return { status: 202 };
  if (!manifests.delete(reference)) return problem(404, "MANIFEST_UNKNOWN");
  for (const [tag, digest] of tags) if (digest === reference) tags.delete(tag);
  return { status: 202 };
}

function listTags(store: Store, { url }: Call, name: string): Answer {
  if (!store.has(name)) return problem(404, "NAME_UNKNOWN");
  const last = url.searchParams.get("last") ?? "";
  const all = [...store.repository(name).tags.keys()].sort().filter((tag) => tag > last);
  const n = Number(url.searchParams.get("n") ?? all.length);
  const tags = all.slice(0, n);
  if (tags.length === all.length) return json(200, { name, tags });
  const next = `/v2/${name}/tags/list?n=${n}&last=${tags.at(-1)}`;
  return json(200, { name, tags }, { link: `<${next}>; rel="next"` });
}

function referrers(store: Store, { url }: Call, name: string, digest: string): Answer {
  const type = url.searchParams.get("artifactType");
  const manifests = [...store.repository(name).manifests].flatMap(
    ([each, { mediaType, bytes }]) => {
      const { subject, artifactType, config, annotations } = JSON.parse(bytes.toString());
      if (subject?.digest !== digest) return [];
      const kind = artifactType ?? config?.mediaType;
      if (type !== null && kind !== type) return [];
      return [{ mediaType, digest: each, size: bytes.length, artifactType: kind, annotations }];
    },
  );
  const mediaType = MEDIA_TYPES.oci.index;
  const headers: Record<string, string> = { "content-type": mediaType };
  if (type !== null) headers["oci-filters-applied"] = "artifactType";
  return json(200, { schemaVersion: 2, mediaType, manifests }, headers);
}
