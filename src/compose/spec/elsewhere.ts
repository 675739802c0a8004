/** Fields that dockerTools and nix2container take, and this does not. */
import { isObject } from "../../image/json.ts";

const SCRIPTS = "run the script in a derivation of your own, and give its result as copyToRoot";
const DATABASE = "images get no Nix database; make one in a derivation, and give it as copyToRoot";
const FOR_NIX = "it says nothing of the image; leave it out";
/** Advice on what to do instead, by the field. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  contents: "make the links in a derivation (buildEnv), and give it as copyToRoot",
  keepContentsDirlinks: "copyToRoot keeps links as they are",
  extraCommands: SCRIPTS,
  fakeRootCommands: SCRIPTS,
  enableFakechroot: SCRIPTS,
  runAsRoot: SCRIPTS,
  diskSize: "there is no virtual machine; leave it out",
  buildVMMemorySize: "there is no virtual machine; leave it out",
  includeNixDB: DATABASE,
  initializeNixDatabase: DATABASE,
  reproducible:
    "make it with nixoci layers --tar-directory tars -o layers.json, and name that file " +
    "in layers",
  nestedLayers: "write them as layers, within the layer",
  nixUid: "it is the user of the Nix database; uid is that of all files",
  nixGid: "it is the group of the Nix database; gid is that of all files",
  passthru: FOR_NIX,
  meta: FOR_NIX,
  debug: FOR_NIX,
};

/** Drops what other tools' callers write out and mean nothing by: `extraCommands: ""`. */
export function dropUnasked(value: unknown): unknown {
  if (!isObject(value)) return value;
  const asked = ([key, field]: [string, unknown]): boolean =>
    !(Object.hasOwn(ELSEWHERE, key) && asksNothing(key, field));
  const { layers, ...rest } = Object.fromEntries(Object.entries(value).filter(asked));
  if (layers === undefined) return rest;
  return { ...rest, layers: Array.isArray(layers) ? layers.map(dropUnasked) : layers };
}

function asksNothing(key: string, field: unknown): boolean {
  if (key === "reproducible") return field === true || field === null;
  return field === null || field === false || field === "" ||
    isObject(field) && Object.keys(field).length === 0 ||
    Array.isArray(field) && field.length === 0;
}
