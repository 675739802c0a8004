/** `npins/sources.json`, as npins writes it. */
import { NixociError } from "../../base/errors.ts";
import { isObject } from "../../image/json.ts";
import { findText, noInputError, type ReadSource } from "./found.ts";

/** Reads a pin; npins gives no name, so that the store path is called `source`. */
export const readNpinsSources: ReadSource = (value, input, file) => {
  const pins = value["pins"] as Readonly<Record<string, unknown>>;
  const pin = pins[input];
  if (!isObject(pin)) throw noInputError(input, file, Object.keys(pins));
  if (pin["type"] === "Channel") {
    // It is another archive: nixexprs.tar.xz, whose files are not those of the repository.
    throw new NixociError(
      "UNSUPPORTED",
      `${file}: ${input} is a channel's archive: it names no commit`,
      {
        hint: `pin the branch: npins add --name ${input} github NixOS nixpkgs -b ${
          findText(pin["name"]) ?? "nixos-unstable"
        }`,
      },
    );
  }
  return {
    commit: pin["revision"],
    branch: findText(pin["branch"]),
    storeName: "source",
    hash: findText(pin["hash"]),
  };
};
