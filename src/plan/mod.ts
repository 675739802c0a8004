/**
 * Plans: images before their layers are made.
 * @module
 */
export { createPlanImage, type PlannedLayer, type PlanOptions } from "./image.ts";
export type { History } from "../image/config/history.ts";
export type { Plan, PlanConfig, PlanLayer } from "./plan.ts";
export { readLayers, readPlan } from "./read.ts";
export { writeLayers, writePlan } from "./write.ts";
