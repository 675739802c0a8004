/** The base image that a SPEC names: a reference, or a path of which it is found out what is there. */
import { open, stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { schemeOf } from "../../../../transports/mod.ts";
import { during, isSystemError, NixociError } from "../../../base/errors.ts";
import { parseReference } from "../../../image/reference.ts";

/** Which image of an archive. */
export interface Which {
  readonly name?: string | null | undefined;
  readonly tag?: string | null | undefined;
}

/** The schemes whose locations begin with a path. */
const OF_FILES = ["oci-dir", "oci-archive", "docker-archive", "nix"];

/**
 * The base with its path made whole, whether it has a scheme or not.
 * @param folder what a relative path is below.
 */
export function located(from: string, folder: string): string {
  const [, scheme, location = ""] = split(from);
  if (scheme === undefined) return resolve(folder, from);
  const isRelative = OF_FILES.includes(schemeOf(scheme)!) &&
    !/^(?:\/|-(?:[:@]|$)|$)/.test(location);
  return isRelative ? `${scheme}:${resolve(folder, location)}` : from;
}

/** The scheme, if there is one that is known, and what follows it. */
function split(from: string): readonly (string | undefined)[] {
  const match = /^([\w-]+):(.*)$/s.exec(from);
  return match === null || schemeOf(match[1]!) === undefined ? [] : match;
}

/**
 * The base as `scheme:location`.
 * @param folder what a relative path is below.
 * @throws NixociError `USAGE`, `NOT_FOUND`, `IO`.
 */
export async function baseReference(base: string, which: Which, folder: string): Promise<string> {
  const from = located(base, folder);
  const image = named(which);
  if (split(from).length > 0) {
    if (image === undefined) return from;
    throw new NixociError("USAGE", `fromImageName: ${from} says itself which image is meant`, {
      hint: "leave fromImageName and fromImageTag out",
    });
  }
  const path = from;
  const kind = await kindOf(path).catch((error) => {
    throw isSystemError(error, "ENOENT")
      ? notThere(path, relative(folder, path), error)
      : during(error, `fromImage: cannot read ${path}`);
  });
  if (kind === "docker-archive") return `${kind}:${path}:${image ?? "@0"}`;
  if (image === undefined) return `${kind}:${path}`;
  if (kind === "oci-dir") return `${kind}:${path}:${image}`;
  throw new NixociError("USAGE", `fromImageName: ${path} holds one image only`, {
    hint: "leave fromImageName and fromImageTag out",
  });
}

/** @param short the path from the folder: as it was written, or nearly so. */
function notThere(path: string, short: string, cause: unknown): NixociError {
  const message = `fromImage: cannot read ${path}: no such file or directory`;
  const hint = `write registry:${short} for an image in a registry`;
  return new NixociError("NOT_FOUND", message, { cause, ...(isReference(short) && { hint }) });
}

/** Whether somebody might have meant an image of that name. */
function isReference(text: string): boolean {
  try {
    return parseReference(text) !== undefined;
  } catch {
    return false;
  }
}

function named({ name, tag }: Which): string | undefined {
  if (!name && !tag) return undefined;
  if (name && tag) return `${name}:${tag}`;
  const [there, missing] = name ? ["fromImageName", "fromImageTag"] : [
    "fromImageTag",
    "fromImageName",
  ];
  throw new NixociError("USAGE", `${there}: it needs ${missing}`, {
    hint: "give both, or neither",
  });
}

/** A folder is a layout, JSON is a plan, anything else an archive as `docker save` makes it. */
async function kindOf(path: string): Promise<"oci-dir" | "nix" | "docker-archive"> {
  if ((await stat(path)).isDirectory()) {
    await stat(join(path, "oci-layout")).catch((cause) => {
      throw new NixociError("UNSUPPORTED", `it is a folder, but no OCI layout`, { cause });
    });
    return "oci-dir";
  }
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    return buffer.toString("latin1", 0, bytesRead).trimStart().startsWith("{")
      ? "nix"
      : "docker-archive";
  } finally {
    await file.close();
  }
}
