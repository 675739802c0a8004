/** Says what the system refuses, and what helps. */
import { existsSync, readFileSync } from "node:fs";
import { NixociError } from "../../base/errors.ts";

/** Returns the error for a system that lets no command run. */
export function noWayError(refused: readonly string[]): NixociError {
  const what = `Cannot run a command here: ${refused.join("; ")}`;
  return new NixociError("UNSUPPORTED", what, { hint: suggestRemedy(refused.join()) });
}

/** The hint for who needs more IDs than one. */
export const GIVE_IDS = "give this user subordinate IDs, as root, with " +
  "usermod --add-subuids 100000-165535 --add-subgids 100000-165535";

/** Says why a user has one ID only: ways that were refused before are those with subordinate ones. */
export function explainOneId(refused: readonly string[]): string {
  return refused.length === 0
    ? "this user has no subordinate IDs"
    : `this user's subordinate IDs cannot be used (${refused.join("; ")})`;
}

/** The switches of systems that keep user namespaces from ordinary users, and how to set them. */
const SWITCHES: readonly (readonly [file: string, when: string, hint: string])[] = [
  [
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
    "1",
    "AppArmor keeps user namespaces from this program: give it a profile with userns, or run " +
    "sysctl kernel.apparmor_restrict_unprivileged_userns=0 as root",
  ],
  [
    "/proc/sys/kernel/unprivileged_userns_clone",
    "0",
    "the system keeps user namespaces from users: run " +
    "sysctl kernel.unprivileged_userns_clone=1 as root",
  ],
  [
    "/proc/sys/user/max_user_namespaces",
    "0",
    "the system allows no user namespace: run sysctl user.max_user_namespaces=15000 as root",
  ],
];

function suggestRemedy(refused: string): string {
  if (/ENOENT|not found/.test(refused)) {
    return "install util-linux (unshare, setpriv, mount) and GNU tar";
  }
  for (const [file, when, hint] of SWITCHES) if (readSetting(file) === when) return hint;
  if (isInContainer()) {
    return "in a container, its seccomp profile has to allow namespaces and mounts " +
      "(docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined)";
  }
  return "run it as root, or on a system that allows user namespaces";
}

function readSetting(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined;
  }
}

/** Tells whether this seems to be a container. */
function isInContainer(): boolean {
  return existsSync("/.dockerenv") || existsSync("/run/.containerenv") ||
    process.env["KUBERNETES_SERVICE_HOST"] !== undefined;
}
