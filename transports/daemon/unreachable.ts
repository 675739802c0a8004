/** The hint for an engine that cannot be reached: not there, or not for this user. */
import { isSystemError, NixociError } from "../../src/base/errors.ts";

/** Returns what to do after these failures, one for each address that was tried. */
export function suggestEngine(failures: readonly unknown[]): string {
  const own = failures.find((error) => error instanceof NixociError && error.hint !== undefined);
  if (own instanceof NixociError) return own.hint!;
  const isDenied = failures.some((error) => isSystemError(error, "EACCES", "EPERM"));
  return isDenied
    ? "this user may not use the socket: run it with sudo, or join the socket's group (docker)"
    : "start Docker or Podman (podman system service), or say where it is with --host";
}
