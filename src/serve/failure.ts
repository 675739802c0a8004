/** Errors of the storage, as answers. */
import { codeOf, type ErrorCode, reasonOf } from "../base/errors.ts";
import { createProblem, type ProblemCode, type RegistryAnswer, type RegistryCall } from "./call.ts";

// What a client that sends something may have done wrong. Any other failure is the registry's.
const MISTAKES: Partial<Record<ErrorCode, readonly [status: number, code: ProblemCode]>> = {
  DIGEST: [400, "DIGEST_INVALID"],
  SIZE: [400, "SIZE_INVALID"],
  MALFORMED: [400, "MANIFEST_INVALID"],
  LIMIT: [413, "SIZE_INVALID"],
};

// A registry that is asked for what is served here does not give it.
const BEHIND_US: readonly (ErrorCode | undefined)[] = ["NETWORK", "AUTH", "REFUSED"];

/**
 * Answers a call that failed. Messages of our own errors hold no secrets, so that the client gets
 * them; what any other error says is for the log only.
 */
export function answerToFailure(error: unknown, { method }: RegistryCall): RegistryAnswer {
  const code = codeOf(error);
  if (code === undefined) return createProblem(500, "UNKNOWN", "the registry failed; see its log");
  if (code === "NOT_FOUND") return createProblem(404, "NAME_UNKNOWN", reasonOf(error));
  const isReading = method === "GET" || method === "HEAD";
  const otherwise = [BEHIND_US.includes(code) ? 502 : 500, "UNKNOWN"] as const;
  const [status, problemCode] = (isReading ? undefined : MISTAKES[code]) ?? otherwise;
  return createProblem(status, problemCode, reasonOf(error));
}
