/** systemd units as services: found in a tree, read, and judged line by line. */
export { createDiskTree } from "./disk-tree.ts";
export { findUnit, UNIT_FOLDERS } from "./find-unit.ts";
export { keepKnownNames, type KnownNames } from "./keep-known.ts";
export { listUnitNotices } from "./notices.ts";
export { readUnit, serviceOf, type UnitFacts } from "./read-unit.ts";
export type {
  Assignment,
  JudgedAssignment,
  LineFate,
  ReadUnit,
  Unit,
  UnitReport,
  UnitText,
  Verdict,
} from "./types.ts";
export type { FoundNode, UnitNode, UnitTree } from "./unit-tree.ts";
