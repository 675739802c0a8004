/** `flake.lock`: which node is nixpkgs follows from the inputs of the root, not from its name. */
import { NixociError } from "../../base/errors.ts";
import { isObject } from "../../image/json.ts";
import { findText, noInputError, type ReadSource } from "./found.ts";

type Nodes = Readonly<Record<string, unknown>>;

// Locks of a hundred flakes have less.
const MOST_STEPS = 1000;

/** Reads an input of the root; Nix calls the store paths of all inputs `source`. */
export const readFlakeLock: ReadSource = (value, input, file) => {
  const nodes = value["nodes"] as Nodes;
  const root = String(value["root"] ?? "root");
  const node = nodes[findNode(nodes, root, [input], file, { left: MOST_STEPS })];
  const { locked, original } = isObject(node) ? node : {};
  const isLocked = isObject(locked);
  return {
    commit: isLocked ? locked["rev"] : undefined,
    branch: isObject(original) ? findText(original["ref"]) : undefined,
    storeName: "source",
    hash: isLocked ? findText(locked["narHash"]) : undefined,
  };
};

/** Finds the node at the end of a path of inputs: a name is a node, a list another path from the root. */
function findNode(
  nodes: Nodes,
  root: string,
  path: readonly unknown[],
  file: string,
  steps: { left: number },
): string {
  let at = root;
  for (const name of path.map(String)) {
    if (steps.left-- === 0) {
      throw new NixociError("MALFORMED", `${file}: inputs follow each other in a circle`);
    }
    const node = nodes[at];
    const inputs = isObject(node) && isObject(node["inputs"]) ? node["inputs"] : {};
    const next = inputs[name];
    if (Array.isArray(next)) at = findNode(nodes, root, next, file, steps);
    else if (typeof next === "string") at = next;
    else throw noInputError(name, file, Object.keys(inputs));
  }
  return at;
}
