/** Edits the run config of an image: sets, adds and takes away, whatever case its keys are in. */
import { isObject } from "../json.ts";
import { isTextList, RUN_FIELDS, type RunConfig, spellingOf } from "./run-fields.ts";

/** Entries by name; `null` takes one away. */
export type KeyedEdit<T = string> = Readonly<Record<string, T | null>>;

/** Changes of a run config, in the specification's words; what is left out stays, and `null` takes away. */
export interface RunEdit {
  readonly Env?: KeyedEdit;
  readonly Labels?: KeyedEdit;
  readonly ExposedPorts?: KeyedEdit<object>;
  readonly Volumes?: KeyedEdit<object>;
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly User?: string | null;
  readonly WorkingDir?: string | null;
  readonly StopSignal?: string | null;
  readonly Healthcheck?: Readonly<Record<string, unknown>> | null;
}

const KEYED = ["Labels", "ExposedPorts", "Volumes"] as const;
const ORDER = Object.keys(RUN_FIELDS);

/**
 * Edits a run config. Fields keep their place and spelling; new ones come last, in the
 * specification's order. A keyed field without entries goes away.
 */
export function editRunConfig(run: RunConfig, edit: RunEdit): RunConfig {
  const spell = spellingOf(RUN_FIELDS);
  const keys = new Map(Object.keys(run).map((key) => [spell(key), key]));
  const result = new Map(Object.entries(run));
  const names = Object.keys(edit).sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  for (const name of names as (keyof RunEdit)[]) {
    if (edit[name] === undefined) continue;
    const key = keys.get(name) ?? name;
    const value = editField(name, result.get(key), edit);
    if (value === null || value === undefined) result.delete(key);
    else result.set(key, value);
  }
  return Object.fromEntries(result);
}

function editField(name: keyof RunEdit, there: unknown, edit: RunEdit): unknown {
  if (name === "Env") return editVariables(there, edit.Env!);
  const isKeyed = KEYED.some((one) => one === name);
  if (isKeyed) {
    return omitEmpty(editKeys<unknown>(isObject(there) ? there : {}, edit[name] as KeyedEdit));
  }
  return edit[name];
}

/** Sets and takes away entries; those that are there keep their place. */
export function editKeys<T>(
  there: Readonly<Record<string, T>>,
  edit: KeyedEdit<T>,
): Record<string, T> {
  const result = new Map(Object.entries(there));
  for (const [key, value] of Object.entries(edit)) {
    if (value === null) result.delete(key);
    else result.set(key, value);
  }
  return Object.fromEntries(result);
}

/** Edits variables: one that is there keeps its place, and of several of a name the first counts. */
function editVariables(there: unknown, edit: KeyedEdit): string[] | undefined {
  const rest = new Map(Object.entries(edit));
  const kept = (isTextList(there) ? there : []).flatMap((one) => {
    const name = one.split("=", 1)[0]!;
    if (!Object.hasOwn(edit, name)) return one;
    const value = rest.get(name) ?? null;
    rest.delete(name);
    return value === null ? [] : `${name}=${value}`;
  });
  const added = [...rest].flatMap(([name, value]) => value === null ? [] : `${name}=${value}`);
  const all = [...kept, ...added];
  return all.length === 0 ? undefined : all;
}

function omitEmpty<T extends object>(value: T): T | undefined {
  return Object.keys(value).length === 0 ? undefined : value;
}
