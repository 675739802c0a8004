/** The order of services, by their names and aliases. */
import { expect, it } from "vitest";
import { orderServices } from "../../../src/services/init/order.ts";
import { serviceOf } from "./support.ts";

it("needs the service that has a name, and not one whose alias is the same", () => {
  const ordered = orderServices([
    serviceOf({ name: "a", aliases: ["x", "y"] }),
    serviceOf({ name: "x" }),
    serviceOf({ name: "b", requires: ["x"], after: ["a"] }),
    serviceOf({ name: "c", requires: ["y", "a"] }),
  ]);
  expect(ordered.map(({ service, requires }) => [service.name, requires])).toEqual([
    ["a", []],
    ["x", []],
    ["b", ["x"]],
    ["c", ["a"]],
  ]);
});
