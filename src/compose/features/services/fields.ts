/** The fields of a service in a SPEC. */
import type { FieldNotes } from "../../spec/kinds.ts";
import type { FieldValues, Kinds } from "../feature.ts";

/** The kinds of folders that are made for a service, by their fields. */
export const FOLDER_FIELDS = {
  runtimeDirectory: {
    kind: "runtime",
    below: "/run",
    means: "Folders below /run, gone at its end",
  },
  stateDirectory: { kind: "state", below: "/var/lib", means: "Folders below /var/lib" },
  cacheDirectory: { kind: "cache", below: "/var/cache", means: "Folders below /var/cache" },
  logsDirectory: { kind: "logs", below: "/var/log", means: "Folders below /var/log" },
} as const;

/** Defines the fields of a service. */
export function defineService(is: Kinds) {
  const words = (what: string, notes: FieldNotes = {}) =>
    is.field(is.either(is.filled, is.list(is.text, "must be a list of words")), what, notes);
  const names = (what: string, notes: FieldNotes = {}) =>
    is.field(is.either(is.filled, is.list(is.filled, "must be a list of names")), what, notes);
  const { runtimeDirectory, stateDirectory, cacheDirectory, logsDirectory } = FOLDER_FIELDS;
  const bound = is.either(is.whole(0), is.oneOf(["infinity"], 'must be a number or "infinity"'));
  const limit = is.either(
    bound,
    is.object({
      soft: is.field(bound, "The limit"),
      hard: is.field(bound, "What it may be raised to"),
    }, 'must be a number, "infinity", or an object with soft and hard'),
  );
  return is.object({
    type: is.field(
      is.oneOf(
        ["long-run", "oneshot-pre", "oneshot-post"],
        "must be long-run, oneshot-pre or oneshot-post",
      ),
      "long-run (the default) for as long as the container; oneshot-pre runs before those, and oneshot-post once they are ready",
      { usual: "long-run" },
    ),
    enable: is.field(is.flag, "false leaves the service out", { usual: true }),
    execStart: words("What runs: words with quotes, which no shell reads, or a list of words", {
      example: "nginx -g 'daemon off;'",
    }),
    script: is.field(
      is.filled,
      "What runs, as a text for a shell (bash where there is one) with -e",
    ),
    user: is.field(is.filled, "Who runs it, by name or number; the container's user by default"),
    group: is.field(is.filled, "Its group; the user's by default"),
    extraGroups: is.field(
      is.list(is.filled, "must be a list of groups"),
      "Groups besides those that the user is in",
    ),
    workingDirectory: is.field(
      is.filled,
      "Where it runs: a folder of the image, or one that is made; the container's WorkingDir by default",
    ),
    environment: is.field(is.texts, "Variables, over the container's"),
    path: is.field(is.paths, "Store paths or folders whose bin comes first in its PATH"),
    after: names("Services that are ready, or have ended well, before it starts", { usual: [] }),
    requires: names("Services without which it does not start", { usual: [] }),
    restartOnFailure: is.field(
      is.flag,
      "true starts it again when it fails, five times in ten seconds; by default a failure ends the container",
      { usual: false },
    ),
    execLogger: words("A program that gets its output"),
    logPrefix: is.field(is.flag, "true begins every line of its output with its name", {
      usual: false,
    }),
    readiness: is.field(
      is.filled,
      "When it is ready: fd N (a line on that descriptor), tcp PORT (it listens), file PATH, command …, notify",
      { example: "tcp 8080" },
    ),
    readinessTimeout: is.field(is.seconds, "Seconds for that; no limit by default"),
    stopSignal: is.field(is.filled, "The signal that stops it; SIGTERM by default", {
      usual: "SIGTERM",
      example: "QUIT",
    }),
    stopTimeout: is.field(is.seconds, "Seconds until it is killed; 5 by default", { usual: 5 }),
    limits: is.field(
      is.record(limit, "must be an object of limits"),
      "Limits of resources by the names of setrlimit: nofile, nproc, core …",
      { example: { nofile: 1024 } },
    ),
    umask: is.field(is.matching(/^[0-7]{3,4}$/, "must be octal digits, as 0027"), "Its umask", {
      example: "0027",
    }),
    nice: is.field(is.nice, "Its niceness, from -20 to 19"),
    runtimeDirectory: names(runtimeDirectory.means),
    stateDirectory: names(stateDirectory.means),
    cacheDirectory: names(cacheDirectory.means),
    logsDirectory: names(logsDirectory.means),
  }, "must be an object that describes a service");
}

/** A service as a SPEC has it. */
export type ServiceSpec = NonNullable<
  FieldValues<{ service: ReturnType<typeof defineService> }>["service"]
>;
