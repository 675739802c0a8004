/** The end points of the API: their arguments, and the checks that several of them make. */
import { type Digest, isDigest } from "../bytes/digest.ts";
import { createProblem, type RegistryAnswer, type RegistryCall } from "./call.ts";
import type { RegistryLimits } from "./limits.ts";
import type { PushableRepository, RegistryStorage, ServedRepository } from "./storage.ts";
import type { UploadTable } from "./uploads.ts";

/** A call, and what its path names. */
export interface Visit {
  readonly call: RegistryCall;
  readonly storage: RegistryStorage;
  readonly uploads: UploadTable;
  readonly limits: RegistryLimits;
  /** The repository; its grammar has been checked. */
  readonly name: string;
  /** The end of the path, decoded: a digest, a tag, an upload's ID, or nothing. */
  readonly argument: string;
}

/** Answers one method of one path. */
export type RouteHandler = (visit: Visit) => Promise<RegistryAnswer>;

/** Makes an end point that needs a valid digest in its path. */
export function requireDigest(
  answer: (visit: Visit, digest: Digest) => Promise<RegistryAnswer>,
): RouteHandler {
  return (visit) =>
    isDigest(visit.argument)
      ? answer(visit, visit.argument)
      : Promise.resolve(createInvalidDigestAnswer());
}

/** Makes an end point that needs the repository to be there. */
export function requireRepository(
  answer: (visit: Visit, repository: ServedRepository) => Promise<RegistryAnswer>,
): RouteHandler {
  return async (visit) => {
    const repository = await visit.storage.findRepository(visit.name);
    return repository === undefined
      ? createUnknownNameAnswer(visit)
      : await answer(visit, repository);
  };
}

/** Makes an end point that pushes: the repository is made when it is not there. */
export function requirePushable(
  answer: (visit: Visit, repository: PushableRepository) => Promise<RegistryAnswer>,
): RouteHandler {
  return async (visit) => {
    const repository = await visit.storage.makeRepository?.(visit.name);
    if (repository !== undefined) return await answer(visit, repository);
    return createProblem(405, "UNSUPPORTED", "this registry is read-only");
  };
}

/** Answers a digest that is not one. */
export function createInvalidDigestAnswer(): RegistryAnswer {
  return createProblem(
    400,
    "DIGEST_INVALID",
    "a digest is sha256: and 64 hex digits, or sha512: and 128",
  );
}

/** Answers that there is no such repository. */
function createUnknownNameAnswer({ name }: Visit): RegistryAnswer {
  return createProblem(404, "NAME_UNKNOWN", `there is no repository ${name}`, { name });
}
