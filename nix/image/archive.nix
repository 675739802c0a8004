# What `docker load` takes, in the store.
{ lib, tools, check }:
let
  endings = { none = ""; gz = ".gz"; zstd = ".zst"; };
in
{
  # Returns the ending of an archive's name; FUNCTION is who is to blame.
  endingOf = function: compressor:
    endings.${compressor} or (check.refuse function
      "compressor must be none, gz or zstd, and is ${check.kinds.describe compressor}");

  makeArchive = { name, plan, env ? { }, passthru ? { }, meta ? { } }:
    tools.runCommand name ({
      nativeBuildInputs = [ tools.nixoci ];
      inherit (plan) imageName;
      inherit passthru meta;
      preferLocalBuild = true;
    } // env) ''
      nixoci copy --quiet --all nix:${plan} "docker-archive:$out" > /dev/null
    '';
}
