/** Errors of the storage, as answers. */
import { codeOf, type ErrorCode } from "../base/errors.ts";
import { createProblem, type ProblemCode, type RegistryAnswer, type RegistryCall } from "./call.ts";

// What a client that sends something may have done wrong. Any other failure is the registry's.
const MISTAKES: Partial<Record<ErrorCode, readonly [status: number, code: ProblemCode]>> = {
  DIGEST: [400, "DIGEST_INVALID"],
  SIZE: [400, "SIZE_INVALID"],
  MALFORMED: [400, "MANIFEST_INVALID"],
  LIMIT: [413, "SIZE_INVALID"],
};

// A registry that is asked for what is served here does not give it.
const BEHIND_US: readonly ErrorCode[] = ["NETWORK", "AUTH", "REFUSED"];

// A message may name files, hosts and commands of this machine, which concern no client.
const REASONS: Readonly<Record<ErrorCode, string>> = {
  USAGE: "it is set up wrongly",
  NOT_FOUND: "something that it needs is not there",
  EXISTS: "something is in the way",
  DIGEST: "bytes do not have the digest that names them",
  SIZE: "bytes are more or fewer than they should be",
  MALFORMED: "something is not what its format demands",
  UNSUPPORTED: "it cannot do that",
  LIMIT: "something is larger than is accepted",
  INCOMPLETE: "the image is not whole, or cannot be made",
  AUTH: "credentials are missing, or were refused",
  NETWORK: "another server could not be reached",
  REFUSED: "a policy, or another server, does not allow it",
  FAILED: "a command ended with a failure",
  UNSAFE: "it would leave the place that it may write to",
  IO: "the file system said no",
  CANCELLED: "it is being stopped",
};

/**
 * Answers a call that failed, with the kind of failure: what happened to which file is for the log,
 * which {@link isForLog} says.
 */
export function answerToFailure(error: unknown, { method }: RegistryCall): RegistryAnswer {
  const code = codeOf(error);
  if (code === undefined) return createProblem(500, "UNKNOWN", "the registry failed; see its log");
  const [status, problem] = code === "NOT_FOUND"
    ? [404, "NAME_UNKNOWN"] as const
    : mistakeOf(code, method) ?? [BEHIND_US.includes(code) ? 502 : 500, "UNKNOWN"];
  return createProblem(
    status,
    problem,
    `the registry says no: ${REASONS[code]}; its log says more`,
  );
}

/** Tells whether a failure is the registry's own, or may be: bytes that are not as announced are not. */
export function isForLog(error: unknown, { method }: RegistryCall): boolean {
  const code = codeOf(error);
  return code === undefined || code === "MALFORMED" || mistakeOf(code, method) === undefined;
}

function mistakeOf(code: ErrorCode, method: string): (typeof MISTAKES)[ErrorCode] {
  return method === "GET" || method === "HEAD" ? undefined : MISTAKES[code];
}
