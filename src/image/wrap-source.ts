/** Sources that are others with some powers changed. */
import type { Source } from "./source.ts";

/** Wraps a source: what is given takes the place of its own, all else is its own. */
export function wrapSource(source: Source, powers: Partial<Source>): Source {
  return new Proxy(source, {
    get(target, name) {
      if (Object.hasOwn(powers, name)) return Reflect.get(powers, name);
      const value: unknown = Reflect.get(target, name, target); // which may have private fields
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
