/**
 * Makes an image from nothing: a program of a few dozen bytes of machine code that says hello, for
 * two platforms, in an index. `examples/hello` in this repository is what it makes.
 *
 * Run it: `node examples/make-hello.ts oci-dir:hello:latest`
 */
import { Buffer } from "node:buffer";
import { argv } from "node:process";
import {
  type Child,
  contentOf,
  copy,
  createImage,
  digestOf,
  type Image,
  type Index,
  type Layer,
  MEDIA_TYPES,
  openSink,
  type Source,
  tar,
} from "nixoci";

const GREETING = Buffer.from("Hello from nixoci!\n");
const LOAD_ADDRESS = 0x400000n;
const HEADERS = 64 + 56; // an ELF header and one program header; the code comes right after them

/** `write(1, greeting, length); exit(0)`, the greeting right behind the code. */
const PROGRAMS = {
  amd64: { machine: 62, code: amd64Code() },
  arm64: { machine: 183, code: arm64Code() },
};

function amd64Code(): Buffer {
  return Buffer.concat([
    Buffer.from([0xb8, 1, 0, 0, 0]), // mov eax, 1 (write)
    Buffer.from([0xbf, 1, 0, 0, 0]), // mov edi, 1 (stdout)
    Buffer.from([0x48, 0x8d, 0x35, 16, 0, 0, 0]), // lea rsi, [rip + 16]: what follows the code
    Buffer.from([0xba, GREETING.length, 0, 0, 0]), // mov edx, length
    Buffer.from([0x0f, 0x05]), // syscall
    Buffer.from([0xb8, 60, 0, 0, 0]), // mov eax, 60 (exit)
    Buffer.from([0x31, 0xff]), // xor edi, edi
    Buffer.from([0x0f, 0x05]), // syscall
  ]);
}

function arm64Code(): Buffer {
  const mov = (register: number, value: number) => (0xd2800000 | (value << 5) | register) >>> 0;
  const words = [
    mov(0, 1), // x0 = 1 (stdout)
    0x100000e1, // adr x1, 28 bytes on: what follows the code
    mov(2, GREETING.length), // x2 = length
    mov(8, 64), // x8 = 64 (write)
    0xd4000001, // svc 0
    mov(0, 0), // x0 = 0
    mov(8, 93), // x8 = 93 (exit)
    0xd4000001, // svc 0
  ];
  const code = Buffer.alloc(words.length * 4);
  words.forEach((word, i) => code.writeUInt32LE(word, i * 4));
  return code;
}

/** The smallest program that Linux runs: an ELF header, one segment, the code and its data. */
function elf({ machine, code }: { machine: number; code: Buffer }): Buffer {
  const size = BigInt(HEADERS + code.length + GREETING.length);
  const header = Buffer.alloc(HEADERS);
  header.write("\x7fELF\x02\x01\x01", "latin1"); // 64 bits, little-endian
  header.writeUInt16LE(2, 16); // an executable
  header.writeUInt16LE(machine, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(LOAD_ADDRESS + BigInt(HEADERS), 24); // where it starts
  header.writeBigUInt64LE(64n, 32); // the program header follows
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  header.writeUInt32LE(1, 64); // a segment to load,
  header.writeUInt32LE(5, 68); // readable and executable
  header.writeBigUInt64LE(LOAD_ADDRESS, 80);
  header.writeBigUInt64LE(LOAD_ADDRESS, 88);
  header.writeBigUInt64LE(size, 96);
  header.writeBigUInt64LE(size, 104);
  header.writeBigUInt64LE(0x1000n, 112);
  return Buffer.concat([header, code, GREETING]);
}

async function helloImage(architecture: keyof typeof PROGRAMS): Promise<Image> {
  const program = elf(PROGRAMS[architecture]);
  const chunks: Uint8Array[] = [];
  const fields = { path: "hello", mode: 0o755, size: program.length };
  for await (
    const chunk of tar.writeTar([{
      fields,
      data: (async function* () {
        yield program;
      })(),
    }])
  ) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const layer: Layer = {
    ...contentOf("application/vnd.oci.image.layer.v1.tar", bytes),
    diffId: digestOf(bytes),
  };
  const config = {
    architecture,
    os: "linux",
    config: { Entrypoint: ["/hello"] },
    rootfs: { type: "layers", diff_ids: [layer.diffId] },
    history: [{ created_by: "examples/make-hello.ts" }],
  };
  return createImage("oci", contentOf(MEDIA_TYPES.oci.config, json(config)), [layer]);
}

async function helloIndex(): Promise<Index> {
  const children: Child[] = [];
  for (const architecture of ["amd64", "arm64"] as const) {
    const image = await helloImage(architecture);
    const descriptor = { ...image.manifest.descriptor, platform: { os: "linux", architecture } };
    children.push({ descriptor, load: () => Promise.resolve(image) });
  }
  const mediaType = MEDIA_TYPES.oci.index;
  const manifests = children.map(({ descriptor }) => descriptor);
  const manifest = contentOf(mediaType, json({ schemaVersion: 2, mediaType, manifests }));
  return { kind: "index", manifest, children };
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

const source: Source = { resolve: helloIndex, async [Symbol.asyncDispose]() {} };
const sink = await openSink(argv[2] ?? "oci-dir:hello:latest");
try {
  const { images } = await copy(source, sink);
  console.log(images[0]!.descriptor.digest);
} finally {
  await sink[Symbol.asyncDispose]();
}
