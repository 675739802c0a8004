/** Tells how an image is meant to be run: in annotations, and in files that may be written. */
import { join } from "node:path";
import { NixociError } from "../../base/errors.ts";
import { readRunConfig } from "../../image/config/run-config.ts";
import { describeHardening, type HardeningPart } from "../../services/hardening/hardening.ts";
import type { LayerStyle, MadeEntry } from "../../recipe/mod.ts";
import type { FileDefaults } from "../draft.ts";
import type { LateChange } from "../late.ts";
import { draftLayer } from "./init-change.ts";

/** The hardening that a SPEC asks for. */
export interface AskedHardening {
  readonly parts: readonly HardeningPart[];
  readonly capabilities: readonly string[];
  /** The folder of the files beside the image. */
  readonly folder: string;
  readonly style: LayerStyle;
  readonly files: FileDefaults;
  readonly created: string | undefined;
}

/** Annotations of images that say it; their values are words of `docker run`, and JSON. */
const ANNOTATION = "io.nixoci.hardening";

/** Makes the change. It throws NixociError `USAGE` where a user is to be, and there is root or a name. */
export function makeHardeningChange(asked: AskedHardening): LateChange {
  const { parts, capabilities, folder } = asked;
  return async ({ config, services }, { onNotice }) => {
    const { User, ExposedPorts } = readRunConfig(config.config ?? {});
    const user = readUser(User ?? "");
    if (parts.includes("non-root") && (user === undefined || user.uid === 0)) throw rootError(User);
    const { docker, kubernetes, files } = await describeHardening({
      parts,
      capabilities,
      services,
      user: user?.uid === 0 ? undefined : user,
      ports: Object.keys(ExposedPorts ?? {}).map((port) => Number.parseInt(port, 10)),
      architecture: config.architecture,
    });
    onNotice?.({
      code: "DERIVED",
      message: `it is meant to run with: ${docker.join(" ")}`,
      files: Object.entries(files).map(([name, text]) => ({ path: join(folder, name), text })),
    });
    const annotations = {
      [ANNOTATION]: parts.join(" "),
      [`${ANNOTATION}.docker`]: docker.join(" "),
      [`${ANNOTATION}.kubernetes`]: JSON.stringify(kubernetes.container["securityContext"]),
    };
    // Docker gives what it mounts there the mode that the image has for it.
    const isShared = parts.includes("read-only") && user !== undefined && user.uid !== 0;
    const made: MadeEntry[] = [{ type: "directory", path: "/run", mode: 0o1777 }];
    const layers = isShared ? [draftLayer(made, "what its user may write to", asked)] : [];
    return { layers, config, annotations };
  };
}

function readUser(text: string): { readonly uid: number; readonly gid: number } | undefined {
  const [, uid, gid] = /^(\d+)(?::(\d+))?$/.exec(text) ?? [];
  return uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid ?? uid) };
}

function rootError(user: string | undefined): NixociError {
  const who = user ? `User is ${JSON.stringify(user)}` : "it has no User";
  return new NixociError("USAGE", `hardening: non-root: ${who}, and Kubernetes asks for a number`, {
    hint: 'write config.User as "1000:1000", or give all services the same user',
  });
}
