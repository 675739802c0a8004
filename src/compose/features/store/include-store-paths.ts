/** `includeStorePaths`: whether the store is in the image. */
import { defineFeature, type Kinds } from "../feature.ts";

export const includeStorePaths = defineFeature((is: Kinds) => ({
  includeStorePaths: is.field(
    is.flag,
    "false leaves the store out: only what copyToRoot brings is there",
  ),
}), {
  add: ({ includeStorePaths }) => ({ includeStorePaths: includeStorePaths ?? true }),
});
