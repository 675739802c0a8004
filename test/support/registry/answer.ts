/** What the test registry is scripted to answer. */
import type { RegistryAnswer } from "../../../src/serve/call.ts";

/** An answer as tests write it. */
export interface Answer {
  readonly status: number;
  /** `""` removes one. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: Uint8Array | string;
}

/** The errors of the distribution API, of any code. */
export function problem(status: number, code: string, message = code.toLowerCase()): Answer {
  return json(status, { errors: [{ code, message }] });
}

export function json(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(value),
  };
}

/** The answer as the registry sends it. */
export function asAnswer({ status, headers = {}, body = "" }: Answer): RegistryAnswer {
  return withHeaders({ status, body: Buffer.from(body) }, headers);
}

/** The answer with headers replaced; `""` removes one. */
export function withHeaders(
  answer: RegistryAnswer,
  headers: NonNullable<Answer["headers"]>,
): RegistryAnswer {
  const entries = Object.entries(headers).map((
    [name, value],
  ) => [name, value === "" ? undefined : value]);
  return { ...answer, headers: { ...answer.headers, ...Object.fromEntries(entries) } };
}
