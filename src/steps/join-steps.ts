/** Makes one step of several. */
import type { Step } from "../image/step.ts";

/**
 * Creates a step that passes roots through several, in this order. Only what the last one makes is
 * sure to be part of the result, so that none of the others may have anything stored.
 */
export function joinSteps(steps: readonly Step[]): Step {
  return async (root, context) => {
    const inner = { ...context, onLayers: undefined, ready: undefined, takeUnnamed: undefined };
    let result = root;
    for (const [i, step] of steps.entries()) {
      result = await step(result, i === steps.length - 1 ? context : inner);
    }
    return result;
  };
}
