/** `mtime`, `uid`, `gid`, `uname` and `gname`: how all files are, where nothing says otherwise. */
import { omitMissing } from "../../base/omit-missing.ts";
import { defineFeature, type Kinds } from "./feature.ts";
import { readSpecTime } from "./time.ts";

export const files = defineFeature((is: Kinds) => ({
  mtime: is.field(is.time, 'When its files changed, or "now"; one second after 1970 by default'),
  uid: is.field(is.whole(0), "Owner of all files; 0 by default"),
  gid: is.field(is.whole(0), "Group of all files; 0 by default"),
  uname: is.field(is.text, "Owner's name; root by default"),
  gname: is.field(is.text, "Group's name; root by default"),
}), {
  add: ({ mtime, uid, gid, uname, gname }, _image, { now }) => ({
    files: {
      ...(mtime && { mtime: Math.floor(Date.parse(readSpecTime(mtime, now)) / 1000) }),
      ...omitMissing({ uid, gid, uname, gname }),
    },
  }),
});
