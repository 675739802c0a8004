/** Before each file of tests: what it opens it must close. */
import { afterAll, expect } from "vitest";
import { watchHandles } from "./handles.ts";

const endWatch = watchHandles();

afterAll(async () => expect(await endWatch()).toEqual([]));
