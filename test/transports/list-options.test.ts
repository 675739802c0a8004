/** The options of a side, which transports/list.ts writes out, are those of all transports. */
import { expectTypeOf, it } from "vitest";
import type { IntersectionOf } from "../../src/base/intersection.ts";
import type { Transport } from "../../src/image/transport.ts";
import type { TransportOptions, TRANSPORTS } from "../../transports/list.ts";

type Lines = (typeof TRANSPORTS)[keyof typeof TRANSPORTS];
type OptionsOf<Line> = Line extends { load: () => Promise<{ transport: Transport<infer Options> }> }
  ? Options
  : never;
type Computed = IntersectionOf<OptionsOf<Lines>>;

it("are all that the transports of the list read", () => {
  // The compiler holds them to this, by `npm run check`.
  expectTypeOf<TransportOptions>().toExtend<Computed>();
  expectTypeOf<Computed>().toExtend<TransportOptions>();
  expectTypeOf<keyof TransportOptions>().toEqualTypeOf<keyof Computed>();
});
