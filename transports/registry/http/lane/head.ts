/**
 * Reads the head of a plain answer: of a known length, with nothing that needs a thought. Whatever
 * is not exactly so is nobody's fault, but not for here.
 * @see https://www.rfc-editor.org/rfc/rfc9112
 */
import { addHeader, type Head } from "../../../lib/http/head.ts";

/** The head of an answer whose body is so many bytes as they are. */
export interface PlainHead extends Head {
  readonly length: number;
  /** The connection is not used again. */
  readonly isLast: boolean;
}

const STATUS = /^HTTP\/1\.1 ([2-5]\d\d) [\t\x20-\x7e]*$/;
const FIELD = /^([\w!#$%&'*+.^`|~-]+):([\t\x20-\x7e]*)$/;
const LENGTH = /^\d{1,15}$/;
// Answers to conditions that we do not make.
const ODD = [205, 304];
// What changes what the bytes mean, or what comes after them.
const FRAMING = ["transfer-encoding", "upgrade", "trailer"];

/**
 * Parses a head, without the empty line at its end; `undefined` for one that is not plain.
 * @param method of the request: the answer to HEAD has no body.
 */
export function parsePlainHead(text: string, method: string): PlainHead | undefined {
  const [first = "", ...lines] = text.split("\r\n");
  const status = Number(STATUS.exec(first)?.[1]);
  if (Number.isNaN(status) || ODD.includes(status)) return undefined;
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const [, name = "", value = ""] = FIELD.exec(line) ?? [];
    const key = name.toLowerCase();
    const isTwice = key === "content-length" && key in headers;
    if (name === "" || FRAMING.includes(key) || isTwice) return undefined;
    addHeader(headers, key, value);
  }
  const hasBody = method !== "HEAD" && status !== 204;
  const { "content-length": stated = hasBody ? "" : "0", connection = "" } = headers;
  const kept = connection.toLowerCase();
  if (!LENGTH.test(stated) || !["", "keep-alive", "close"].includes(kept)) return undefined;
  return { status, headers, length: hasBody ? Number(stated) : 0, isLast: kept === "close" };
}

/** Tells whether a plain head may begin so. */
export function canBegin(text: string): boolean {
  return text.startsWith(VERSION) || VERSION.startsWith(text);
}

const VERSION = "HTTP/1.1 ";
