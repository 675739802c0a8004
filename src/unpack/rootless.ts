/**
 * Encodes owners for tools that run without root.
 * @see https://github.com/rootless-containers/proto/blob/master/rootlesscontainers.proto
 */

/**
 * Encodes the message `Resource { uint32 uid = 1; uint32 gid = 2; }` as protobuf has it: zeros left
 * out.
 */
export function encodeResource(uid: number, gid: number): Uint8Array {
  return Uint8Array.from([...encodeField(1, uid), ...encodeField(2, gid)]);
}

function encodeField(number: number, value: number): number[] {
  return value === 0 ? [] : [number << 3, ...encodeVarint(value)];
}

/**
 * Encodes a number seven bits at a time, the lowest first; the eighth bit says that there are more.
 */
function encodeVarint(value: number): number[] {
  return value < 0x80 ? [value] : [value % 0x80 | 0x80, ...encodeVarint(Math.floor(value / 0x80))];
}
