/**
 * Verifying images where they are: all bytes read, all links followed.
 * @module
 */
export {
  type ImageProblem,
  type Verification,
  verifyImages,
  type VerifyOptions,
} from "./verify.ts";
export { repairImages } from "./repair.ts";
