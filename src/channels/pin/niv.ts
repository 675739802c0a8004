/** `nix/sources.json`, as niv writes it. */
import { isObject } from "../../image/json.ts";
import { findText, noInputError, type ReadSource } from "./found.ts";

/** Reads a package; niv calls the store path of a tarball by its name. */
export const readNivSources: ReadSource = (value, input, file) => {
  const source = value[input];
  if (!isObject(source)) throw noInputError(input, file, Object.keys(value));
  const isTarball = (source["type"] ?? "tarball") === "tarball";
  return {
    commit: source["rev"],
    branch: findText(source["branch"]),
    storeName: isTarball ? `${input.replace(/[^0-9A-Za-z+._?=-]/g, "-")}-src` : "source",
    hash: isTarball ? findText(source["sha256"]) : undefined,
  };
};
