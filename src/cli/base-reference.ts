/** The base image that a SPEC names: a reference, or a path of which it is found out what is there. */
import { open, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { schemeOf } from "../../transports/mod.ts";
import { during, NixociError } from "../errors.ts";

/** Which image of an archive. */
export interface Which {
  readonly name?: string | null | undefined;
  readonly tag?: string | null | undefined;
}

/**
 * The base as `scheme:location`.
 * @param folder what a relative path is below.
 * @throws NixociError `USAGE`, `NOT_FOUND`, `IO`.
 */
export async function baseReference(from: string, which: Which, folder: string): Promise<string> {
  const scheme = /^([\w-]+):/.exec(from)?.[1];
  const isReference = scheme !== undefined && schemeOf(scheme) !== undefined;
  const image = named(which);
  if (isReference) {
    if (image === undefined) return from;
    throw new NixociError("USAGE", `fromImageName: ${from} says itself which image is meant`, {
      hint: "leave fromImageName and fromImageTag out",
    });
  }
  const path = resolve(folder, from);
  const kind = await kindOf(path).catch((error) => {
    throw during(error, `fromImage: cannot read ${path}`);
  });
  if (kind === "docker-archive") return `${kind}:${path}:${image ?? "@0"}`;
  if (image === undefined) return `${kind}:${path}`;
  if (kind === "oci-dir") return `${kind}:${path}:${image}`;
  throw new NixociError("USAGE", `fromImageName: ${path} holds one image only`, {
    hint: "leave fromImageName and fromImageTag out",
  });
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
