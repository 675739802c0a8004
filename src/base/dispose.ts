/**
 * Disposes of what was opened, whatever happens. `await using` does the same, but Node 22 cannot
 * parse it, and has no AsyncDisposableStack.
 */

/** Remembers a resource, to dispose of it later, and returns it; ignores `undefined`. */
export type Hold = <R extends AsyncDisposable | undefined>(resource: R) => R;

/**
 * Works with resources, and disposes of them afterwards, the last one first.
 * @param work opens the resources and gives each to `hold` at once.
 * @throws the failure of the work, with that of a disposal as its `suppressed`; or else the first
 * failure of a disposal. Every resource is disposed of in any case.
 * @example
 * ```ts
 * import { openSource, useResources } from "nixoci";
 * const digest = await useResources(async (hold) => {
 *   const from = hold(await openSource("oci-dir:in"));
 *   const { manifest } = await from.resolve();
 *   return manifest.descriptor.digest;
 * });
 * console.log(digest); // sha256:…
 * ```
 */
export async function useResources<T>(work: (hold: Hold) => T | Promise<T>): Promise<T> {
  const { value, held } = await runHolding(work);
  await disposeAll(held);
  return value;
}

/**
 * Makes a value that owns resources: disposing of it disposes of them, the last one first. When the
 * work fails, they are disposed of at once.
 * @throws as {@link useResources} does.
 */
export async function ownResources<T extends object>(
  work: (hold: Hold) => T | Promise<T>,
): Promise<T & AsyncDisposable> {
  const { value, held } = await runHolding(work);
  return { ...value, [Symbol.asyncDispose]: () => disposeAll(held) };
}

/**
 * Disposes of all resources, the last one first, also when some of them fail.
 * @throws the first failure; later ones are its `suppressed`.
 */
export async function disposeAll(
  resources: readonly (AsyncDisposable | undefined)[],
): Promise<void> {
  const failures: unknown[] = [];
  for (const resource of resources.toReversed()) {
    try {
      await resource?.[Symbol.asyncDispose]();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    throw failures.reduceRight((later, error) => addSuppressed(error, later));
  }
}

async function runHolding<T>(work: (hold: Hold) => T | Promise<T>) {
  const held: AsyncDisposable[] = [];
  const hold: Hold = (resource) => {
    if (resource) held.push(resource);
    return resource;
  };
  try {
    return { value: await work(hold), held };
  } catch (error) {
    await disposeAll(held).catch((later) => addSuppressed(error, later));
    throw error;
  }
}

/** Returns the error; it gets the other one as its `suppressed`, if it has none already. */
function addSuppressed(error: unknown, later: unknown): unknown {
  if (error instanceof Error && error !== later && !("suppressed" in error)) {
    Reflect.defineProperty(error, "suppressed", { value: later, configurable: true });
  }
  return error;
}
