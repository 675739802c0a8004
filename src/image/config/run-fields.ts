/**
 * The fields of an image's run config: how each is spelled, what it may hold, and whether it adds up.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#properties
 * @see https://github.com/moby/docker-image-spec (Healthcheck, OnBuild, Shell)
 */
import { isObject } from "../json.ts";

/** A kind of field; of those that add up, new values join those below. */
export interface FieldKind<T> {
  readonly is: (value: unknown) => value is T;
  readonly must: string;
  readonly addsUp?: boolean;
}

const defineKind = <T>(
  is: (value: unknown) => value is T,
  must: string,
  addsUp = false,
): FieldKind<T> => ({ is, must: `must be ${must}`, addsUp });

const text = defineKind((value) => typeof value === "string", "a string");
const flag = defineKind((value) => typeof value === "boolean", "true or false");
const whole = defineKind((value): value is number => Number.isSafeInteger(value), "a whole number");
const mapping = defineKind(isObject, "an object");
const names = defineKind(isObject, "an object", true);
const texts = defineKind(isTextList, "a list of strings");

/** The fields, in the specification's order, which is Go's when it writes them. */
export const RUN_FIELDS = {
  User: text,
  ExposedPorts: names,
  Env: defineKind(isTextList, "a list of NAME=value", true),
  Entrypoint: texts,
  Cmd: texts,
  Volumes: names,
  WorkingDir: text,
  Labels: defineKind(isLabels, "an object of strings", true),
  StopSignal: text,
  ArgsEscaped: flag,
  Healthcheck: mapping,
  OnBuild: texts,
  Shell: texts,
  StopTimeout: whole,
  Hostname: text,
  Domainname: text,
  Tty: flag,
  OpenStdin: flag,
  StdinOnce: flag,
  Memory: whole,
  MemorySwap: whole,
  CpuShares: whole,
};

/** The fields of `Healthcheck`. */
export const HEALTHCHECK_FIELDS = {
  Test: texts,
  Interval: whole,
  Timeout: whole,
  StartPeriod: whole,
  StartInterval: whole,
  Retries: whole,
};

/** Fields by their names. */
export type FieldKinds = Readonly<Record<string, FieldKind<unknown>>>;
type ValueOf<K> = K extends FieldKind<infer T> ? T : never;

/** The fields of a config that have a meaning, in the specification's spelling. */
export type RunFields = {
  readonly [K in keyof typeof RUN_FIELDS]?: ValueOf<(typeof RUN_FIELDS)[K]>;
};

/** A config as images and SPECs have it: with fields of any name. */
export type RunConfig = Readonly<Record<string, unknown>>;

/** Returns what spells a key as the fields are spelled, whatever its case; an unknown one stays. */
export function spellingOf(kinds: FieldKinds): (key: string) => string {
  const names = new Map(Object.keys(kinds).map((name) => [name.toLowerCase(), name]));
  return (key) => names.get(key.toLowerCase()) ?? key;
}

/** Returns what a field may hold; nothing is known of unknown ones. */
export function kindOf(kinds: FieldKinds, name: string): FieldKind<unknown> | undefined {
  return Object.hasOwn(kinds, name) ? kinds[name] : undefined;
}

/** Tells whether it is a list of strings. */
export function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function isLabels(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((one) => typeof one === "string");
}
