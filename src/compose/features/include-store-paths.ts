/** `includeStorePaths`: whether the store is in the image. */
import { feature, type Kinds } from "./feature.ts";

export const includeStorePaths = feature((is: Kinds) => ({
  includeStorePaths: is.field(
    is.flag,
    "false leaves the store out: only what copyToRoot brings is there",
  ),
}), {
  add: ({ includeStorePaths }) => ({ includeStorePaths: includeStorePaths ?? true }),
});
