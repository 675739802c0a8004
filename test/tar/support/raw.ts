/** Headers put together by hand, so that they can say what no writer would. */

export interface RawHeader {
  readonly name?: string | Uint8Array;
  readonly mode?: string;
  readonly uid?: string | Uint8Array;
  readonly size?: number | string | Uint8Array;
  readonly mtime?: string | Uint8Array;
  readonly type?: string;
  readonly linkname?: string | Uint8Array;
  readonly magic?: string;
  readonly device?: string;
  readonly prefix?: string | Uint8Array;
  /** More bytes at places of their own. */
  readonly put?: readonly (readonly [at: number, bytes: string | Uint8Array])[];
  readonly signed?: boolean;
}

export const GNU = "ustar  \0";
export const USTAR = "ustar\x0000";
export const V7 = "";

export function rawHeader(of: RawHeader): Buffer {
  const block = Buffer.alloc(512);
  const put = (at: number, bytes: string | Uint8Array) => {
    block.set(typeof bytes === "string" ? Buffer.from(bytes) : bytes, at);
  };
  const { size = 0 } = of;
  put(0, of.name ?? "member");
  put(100, of.mode ?? "0000644\0");
  put(108, of.uid ?? "0000000\0");
  put(116, "0000000\0");
  put(124, typeof size === "number" ? `${size.toString(8).padStart(11, "0")}\0` : size);
  put(136, of.mtime ?? "00000000000\0");
  put(156, of.type ?? "0");
  put(157, of.linkname ?? "");
  put(257, of.magic ?? USTAR);
  put(329, of.device ?? "0000000\x000000000\0");
  put(345, of.prefix ?? "");
  for (const [at, bytes] of of.put ?? []) put(at, bytes);
  return summed(block, of.signed);
}

/** Puts the right checksum into a header. */
export function summed(block: Buffer, signed = false): Buffer {
  block.fill(" ", 148, 156);
  const sum = block.reduce((sum, byte) => sum + (signed && byte > 127 ? byte - 256 : byte), 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

export function toBlocks(content: string | Uint8Array, fill = 0): Buffer {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([bytes, Buffer.alloc((512 - bytes.length % 512) % 512, fill)]);
}

/** A member with its content. */
export function rawFile(name: string, content = ""): Buffer {
  return Buffer.concat([rawHeader({ name, size: content.length }), toBlocks(content)]);
}

export type Value = string | Uint8Array;

export function record(keyword: string, value: Value): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${keyword}=`), Buffer.from(value as string), NEWLINE]);
  let length = rest.length;
  while (length !== rest.length + String(length).length) {
    length = rest.length + String(length).length;
  }
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

const NEWLINE = Buffer.from("\n");

/** An extended header around a body as it is. */
export function rawPax(body: Uint8Array | string, type = "x"): Buffer {
  const size = Buffer.from(body as string).length;
  return Buffer.concat([rawHeader({ name: "pax", size, type }), toBlocks(body)]);
}

export function pax(...records: [string, Value][]): Buffer {
  return rawPax(Buffer.concat(records.map(([keyword, value]) => record(keyword, value))));
}

export function globalPax(...records: [string, Value][]): Buffer {
  return rawPax(Buffer.concat(records.map(([keyword, value]) => record(keyword, value))), "g");
}

/** GNU's long name (`L`) or long link name (`K`). */
export function longName(name: Value, type = "L"): Buffer {
  const size = Buffer.from(name as string).length;
  const header = rawHeader({ name: "././@LongLink", size, type, magic: GNU });
  return Buffer.concat([header, toBlocks(name)]);
}

export const END = Buffer.alloc(1024);

/** An archive of these parts, and its end. */
export function archive(...parts: Uint8Array[]): Buffer {
  return Buffer.concat([...parts, END]);
}
