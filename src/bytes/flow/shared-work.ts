/** Work that several ask for at a time, done once. */

/** Does the work of a key, or waits for the one that is doing it already. */
export type ShareWork<T> = (key: string, work: () => Promise<T>) => Promise<T>;

/** Makes a table of work under way; what is over is forgotten. */
export function createSharedWork<T>(): ShareWork<T> {
  const working = new Map<string, Promise<T>>();
  return (key, work) => {
    const known = working.get(key);
    if (known !== undefined) return known;
    const doing = work().finally(() => working.delete(key));
    working.set(key, doing);
    return doing;
  };
}
