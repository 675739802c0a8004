/** What real registries do otherwise: powers they lack, and upload locations with a state. */
import type { Around, RegistryAnswer, RegistryCall } from "../../../src/serve/call.ts";
import { asAnswer, problem, withHeaders } from "./answer.ts";

/** Parts of the API that a test can do without. */
export type Feature =
  | "referrers"
  | "mount"
  | "head"
  | "monolithic"
  | "chunked"
  | "delete"
  | "range";

/** Stands around the registry and takes powers from it. */
export function lackFeatures(without: readonly Feature[]): Around {
  return async (call, next) => {
    if (without.some((feature) => isUseOf(feature, call))) {
      return asAnswer(problem(call.method === "POST" ? 400 : 405, "UNSUPPORTED"));
    }
    if (!without.includes("referrers")) return await next(known(call, without));
    if (call.url.pathname.includes("/referrers/")) return asAnswer(problem(404, "NAME_UNKNOWN"));
    return withHeaders(await next(known(call, without)), { "oci-subject": "" });
  };
}

function isUseOf(feature: Feature, { method, url, headers }: RegistryCall): boolean {
  const isUpload = url.pathname.includes("/blobs/uploads/");
  const hasBody = headers["content-length"] !== "0";
  return feature === "head" && method === "HEAD" ||
    feature === "delete" && method === "DELETE" ||
    feature === "monolithic" && isUpload && method === "PUT" && hasBody ||
    feature === "chunked" && method === "PATCH";
}

/** The call as it looks to a registry that does not know what it lacks. */
function known(call: RegistryCall, without: readonly Feature[]): RegistryCall {
  const { range: _, ...headers } = call.headers;
  const url = new URL(call.url);
  if (without.includes("mount")) ["mount", "from"].forEach((name) => url.searchParams.delete(name));
  return { ...call, url, headers: without.includes("range") ? headers : call.headers };
}

// A state with characters that must come back exactly as they are.
const STATE = "_state=a%2Bb~c%3D";

/** Stands around the registry and gives uploads a state, which their last request must have. */
export const keepState: Around = async (call, next) => {
  const isUpload = call.url.pathname.includes("/blobs/uploads/");
  if (isUpload && call.method === "PUT" && call.url.searchParams.get("_state") !== "a+b~c=") {
    return asAnswer(problem(400, "BLOB_UPLOAD_INVALID"));
  }
  return isUpload ? withState(await next(call)) : await next(call);
};

function withState(answer: RegistryAnswer): RegistryAnswer {
  const location = answer.headers?.["location"];
  if (typeof location !== "string" || !location.includes("/uploads/")) return answer;
  return withHeaders(answer, { location: `${location}?${STATE}` });
}
