/** Containers in an engine: which of them there are, and how one is removed. */
import { askEngine, readError, refusalOf, sendRequest } from "./answer.ts";
import type { Engine } from "./engine.ts";

/** A container as an engine lists it. */
export interface EngineContainer {
  readonly id: string;
  /** Its own, and those of its image. */
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Lists the containers that have this label, whether they run or not.
 * @throws NixociError `NETWORK`, `REFUSED`, `MALFORMED`.
 */
export async function listContainers(
  engine: Engine,
  label: string,
  value: string,
): Promise<EngineContainer[]> {
  const filters = JSON.stringify({ label: [`${label}=${value}`] });
  const query = new URLSearchParams({ all: "true", filters });
  const listed = await askEngine(engine, `/containers/json?${query}`);
  return (Array.isArray(listed) ? listed : []).map(
    ({ Id, Labels }: { Id?: unknown; Labels?: Record<string, string> | null }) => ({
      id: String(Id),
      labels: Labels ?? {},
    }),
  );
}

/**
 * Removes a container, also one that runs, with the volumes that have no name. One that is gone by
 * itself is fine.
 * @throws NixociError `NETWORK`, `REFUSED`.
 */
export async function removeContainer(engine: Engine, id: string): Promise<void> {
  const path = `/containers/${encodeURIComponent(id)}?force=true&v=true`;
  const reply = await sendRequest(engine, "DELETE", path);
  const { status } = reply;
  const message = await readError(reply);
  if (status >= 400 && status !== 404) throw refusalOf(engine, message ?? `it answers ${status}`);
}
