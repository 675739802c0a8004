/** Around each file of tests in a process that other files use after it: what they see stays as it was. */
import { afterAll, expect, vi } from "vitest";

const readState = () => ({
  variables: { ...process.env },
  folder: process.cwd(),
  mask: process.umask(),
  hasFakeTimers: vi.isFakeTimers(),
  listeners: ["SIGHUP", "SIGINT", "SIGTERM"].map((signal) => process.listenerCount(signal)),
});

const before = readState();

afterAll(() => expect(readState(), "what the next file sees").toEqual(before));
