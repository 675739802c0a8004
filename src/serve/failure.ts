/** Errors of the store, as answers. */
import { codeOf, type ErrorCode, reason } from "../base/errors.ts";
import { problem, type ProblemCode, type RegistryAnswer } from "./call.ts";

// The client's own mistakes. Any other failure is the server's, whatever the client did.
const MISTAKES: Partial<Record<ErrorCode, readonly [status: number, code: ProblemCode]>> = {
  DIGEST: [400, "DIGEST_INVALID"],
  SIZE: [400, "SIZE_INVALID"],
  MALFORMED: [400, "MANIFEST_INVALID"],
  LIMIT: [413, "SIZE_INVALID"],
  NOT_FOUND: [404, "NAME_UNKNOWN"],
  REFUSED: [429, "TOOMANYREQUESTS"],
};

/**
 * The answer to a call that failed. Messages of our own errors hold no secrets, so that the client
 * gets them; what any other error says is for the log only.
 */
export function answerToFailure(error: unknown): RegistryAnswer {
  const code = codeOf(error);
  if (code === undefined) return problem(500, "UNKNOWN", "the registry failed; see its log");
  const [status, problemCode] = MISTAKES[code] ?? [500, "UNKNOWN"];
  return problem(status, problemCode, reason(error));
}
