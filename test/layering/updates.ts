/** Updates of a closure, as projects have them: some paths change, and all that needs them. */
import { createHash } from "node:crypto";
import type { Closure, PathInfo } from "../../src/nix/formats/path-info.ts";
import { rebuiltBy } from "./simulate.ts";

/**
 * Changes one to three paths, what few need more often than what many need; all that needs them gets
 * other hashes and somewhat other sizes. Now and then a path is added, or one that nothing needs
 * goes.
 */
export function updateClosure(
  closure: Closure,
  roll: (limit: number) => number,
  salt: string,
): PathInfo[] {
  const users = rebuiltBy(closure);
  const rebuilt = new Set<string>();
  for (let count = 1 + roll(3); count > 0; count--) {
    const path = choosePath(closure, users, roll);
    for (const one of users.get(path)!) rebuilt.add(one);
  }
  const digest = (path: string) => createHash("sha256").update(salt + path).digest();
  const renamed = (path: string): string =>
    rebuilt.has(path)
      ? path.replace(/[^/-]{32}(?=-)/, digest(path).toString("hex").slice(0, 32))
      : path;
  const changed = closure.map(({ path, narSize, references }) => ({
    path: renamed(path),
    narSize: rebuilt.has(path)
      ? Math.max(1, Math.round(narSize * (0.98 + 0.04 * digest(path)[0]! / 255)))
      : narSize,
    references: references.map(renamed).sort(),
  }));
  if (roll(5) === 0) {
    const hash = digest("new").toString("hex").slice(0, 32);
    const needs = changed[roll(changed.length)]!.path;
    changed.push({
      path: `/nix/store/${hash}-new-${salt.replace(/\W/g, ".")}`,
      narSize: 1 + roll(2e6),
      references: [needs],
    });
  }
  return changed.sort((a, b) => a.path < b.path ? -1 : 1);
}

/** Chooses a path; one that a hundred paths need is a hundred times less likely. */
function choosePath(
  closure: Closure,
  users: ReadonlyMap<string, ReadonlySet<string>>,
  roll: (limit: number) => number,
): string {
  for (;;) {
    const { path } = closure[roll(closure.length)]!;
    if (roll(users.get(path)!.size) === 0) return path;
  }
}
