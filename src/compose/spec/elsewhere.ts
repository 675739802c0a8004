/** Fields that dockerTools and nix2container take, and this does not. */
import { isObject } from "../../image/json.ts";

/** Advice on what to do instead, by the field. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  // Of explicit layers; the image has them.
  contents: "links at the root are the image's: write contents beside layers",
  reproducible:
    "make it with nixoci layers --tar-directory tars -o layers.json, and name that file " +
    "in layers",
  nestedLayers: "write them as layers, within the layer",
};

const FOR_NIX = "it says nothing of the image";
const NO_MACHINE = "there is no virtual machine";

/** Fields that change nothing here, and why. */
const HARMLESS: Readonly<Record<string, string>> = {
  passthru: FOR_NIX,
  meta: FOR_NIX,
  debug: FOR_NIX,
  diskSize: NO_MACHINE,
  buildVMMemorySize: NO_MACHINE,
};

/** Scripts, which ask for nothing when they are empty. */
const SCRIPTS: ReadonlySet<string> = new Set(["extraCommands", "fakeRootCommands", "runAsRoot"]);

/**
 * Drops what other tools' callers write out and mean nothing by (`extraCommands: ""`), and what changes
 * nothing here.
 * @param onHarmless is told of the latter: the field, and why it changes nothing.
 */
export function dropUnasked(
  value: unknown,
  onHarmless?: (field: string, why: string) => void,
): unknown {
  if (!isObject(value)) return value;
  const isLonely = isUnasked("fakeRootCommands", value["fakeRootCommands"] ?? null);
  const asked = ([key, field]: [string, unknown]): boolean => {
    if (key === "enableFakechroot" && isLonely) {
      if (!isUnasked(key, field)) onHarmless?.(key, "there is no script to run in it");
      return false;
    }
    if (SCRIPTS.has(key)) return !isUnasked(key, field);
    const isHarmless = Object.hasOwn(HARMLESS, key);
    if (!isHarmless && !Object.hasOwn(ELSEWHERE, key)) return true;
    const isAsked = !isUnasked(key, field);
    if (isHarmless && isAsked) onHarmless?.(key, HARMLESS[key]!);
    return isAsked && !isHarmless;
  };
  const { layers, ...rest } = Object.fromEntries(Object.entries(value).filter(asked));
  if (layers === undefined) return rest;
  const each = (layer: unknown) => dropUnasked(layer, onHarmless);
  return { ...rest, layers: Array.isArray(layers) ? layers.map(each) : layers };
}

function isUnasked(key: string, field: unknown): boolean {
  if (key === "reproducible") return field === true || field === null;
  return field === null || field === false || field === "" ||
    isObject(field) && Object.keys(field).length === 0 ||
    Array.isArray(field) && field.length === 0;
}
