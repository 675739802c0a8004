# A program that publishes images of several systems as one index: the images by digest, without tags
# of their own, then the index. It runs anywhere; only the plans' store paths need Linux builders.
{ lib, tools, check, image }:
let
  function = "nixoci.joinImages";
  inherit (check) required refuse;
  inherit (check.kinds) imageName tag list describe;
in
check.define function {
  name = required imageName;
  tag = required tag;
  images = required list;
} (args: _: let
  planOf = each: each.plan or (refuse function
    "images must be what these functions make, and one is ${describe each}");
  plans = map planOf args.images;
in
  if args.images == [ ] then refuse function "images is empty"
  else if args.tag == null then refuse function "tag is null; an index is found by its tag"
  else tools.writeScriptBin "publish" ''
    #!${tools.runtimeShell}
    set -eu
    exec ${tools.nixoci}/bin/nixoci index create "$@" \
      ${lib.escapeShellArg "registry:${args.name}:${args.tag}"} \
      ${lib.concatMapStringsSep " " (plan: "nix:${plan}") plans}
  '')
