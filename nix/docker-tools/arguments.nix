# Arguments that several functions take.
{ tools, check }:
let
  inherit (check) optional required;
  inherit (check.kinds) nullable text number set paths path flag imageName tag anything;
in
{
  common = {
    name = required imageName;
    tag = optional tag null;
    fromImage = optional (nullable path) null;
    architecture = optional text tools.architecture;
    variant = optional (nullable text) tools.variant;
    created = optional text "1970-01-01T00:00:01Z";
    uid = optional number 0;
    gid = optional number 0;
    extraCommands = optional text "";
    includeNixDB = optional flag false;
    # Not dockerTools': what of the base's config stays; of null its variables, and the rest is told.
    inheritConfig = optional (nullable check.kinds.inherited) null;
    meta = optional set { };
  };
  config = default: { config = optional (nullable set) default; };
  compressor = { compressor = optional anything "gz"; };
}
