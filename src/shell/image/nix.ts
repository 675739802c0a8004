/** Lets a Nix work in the image: one that a single user runs, without a daemon. */
import { NixociError } from "../../base/errors.ts";
import { SETTINGS_FILE } from "../../compose/nix-database/places.ts";
import type { MadeEntry } from "../../recipe/made/made.ts";
import { type FilePlaces, isFileAt } from "../inputs/find.ts";
import { USER_NAME } from "./user.ts";

/** Containers let no user make namespaces, and there are no users for builds. */
const SETTINGS = [
  "build-users-group =",
  "sandbox = false",
  "experimental-features = nix-command flakes",
  "",
].join("\n");

/** Checks that a package is a Nix. @throws NixociError `INCOMPLETE`. */
export function checkNix(path: string, store: FilePlaces): void {
  if (isFileAt(store.realPath(`${path}/bin/nix-store`))) return;
  throw new NixociError("INCOMPLETE", `There is no Nix in ${path}: it has no bin/nix-store`, {
    hint: "name another one: --with-nix $(nix-build '<nixpkgs>' -A nix --no-out-link)",
  });
}

/** Adds Nix's settings to the files, and the name of the user to the variables. */
export function addNix(made: MadeEntry[], environment: Map<string, string>): void {
  made.push({ type: "file", path: SETTINGS_FILE, content: SETTINGS });
  if (!environment.has("USER")) environment.set("USER", USER_NAME);
}
