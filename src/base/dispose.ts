/**
 * Letting go of what was opened, whatever happens. `await using` does the same; Node 22 does not
 * parse it, and has no AsyncDisposableStack.
 */

/** Takes a resource into care and returns it; nothing is taken of `undefined`. */
export type Hold = <R extends AsyncDisposable | undefined>(resource: R) => R;

/**
 * Works with resources, and disposes of them afterwards, the last one first.
 * @param work opens the resources and gives each to `hold` at once.
 * @throws the failure of the work, which has that of a disposal as its `suppressed`; or else the
 * first failure of a disposal. Every resource is disposed of in any case.
 * @example
 * ```ts
 * const digest = await useResources(async (hold) => {
 *   const from = hold(await openSource("oci-dir:in"));
 *   const { manifest } = await from.resolve();
 *   return manifest.descriptor.digest;
 * });
 * ```
 */
export async function useResources<T>(work: (hold: Hold) => T | Promise<T>): Promise<T> {
  const { value, held } = await attempt(work);
  await disposeAll(held);
  return value;
}

/**
 * Makes something of resources that lives as long as they do: disposing of it disposes of them, the
 * last one first. When the work fails they are disposed of at once.
 * @throws as {@link useResources} does.
 */
export async function ownResources<T extends object>(
  work: (hold: Hold) => T | Promise<T>,
): Promise<T & AsyncDisposable> {
  const { value, held } = await attempt(work);
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
  if (failures.length > 0) throw failures.reduceRight((later, error) => suppress(error, later));
}

async function attempt<T>(work: (hold: Hold) => T | Promise<T>) {
  const held: AsyncDisposable[] = [];
  const hold: Hold = (resource) => {
    if (resource) held.push(resource);
    return resource;
  };
  try {
    return { value: await work(hold), held };
  } catch (error) {
    await disposeAll(held).catch((later) => suppress(error, later));
    throw error;
  }
}

/** Returns the error, which remembers the other one where it has not one already. */
function suppress(error: unknown, later: unknown): unknown {
  if (error instanceof Error && error !== later && !("suppressed" in error)) {
    Reflect.defineProperty(error, "suppressed", { value: later, configurable: true });
  }
  return error;
}
