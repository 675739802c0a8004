# dockerTools.pullImage: the archive that skopeo writes, byte for byte, so that hashes of it hold.
{ pkgs, lib, tools, check }:
let
  function = "dockerTools.pullImage";
  inherit (check) optional required refuse;
  inherit (check.kinds) nullable text flag;
  fixName = builtins.replaceStrings [ "/" ":" ] [ "-" "-" ];

  digest = {
    what = "the digest of an image, sha256: and 64 digits";
    is = value: builtins.isString value && builtins.match "sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})" value != null;
  };

  # One of the three ways to say the hash, as nixpkgs' fetchers take it.
  hashOf = { hash, sha256, outputHash, outputHashAlgo, ... }:
    let given = builtins.filter (each: each.value != null) [
      { name = "hash"; value = hash; algo = null; }
      { name = "sha256"; value = sha256; algo = "sha256"; }
      { name = "outputHash"; value = outputHash; algo = outputHashAlgo; }
    ]; in
    if builtins.length given == 1 then builtins.head given
    else if given == [ ] then
      refuse function "the argument hash is missing; `nixoci prefetch NAME TAG` prints it"
    else refuse function "${lib.concatMapStringsSep " and " (each: each.name) given} say the same; give one of them";
in
check.define function {
  imageName = required text;
  imageDigest = required digest;
  hash = optional (nullable text) null;
  sha256 = optional (nullable text) null;
  outputHash = optional (nullable text) null;
  outputHashAlgo = optional (nullable text) null;
  os = optional text "linux";
  arch = optional text tools.architecture;
  variant = optional (nullable text) tools.variant;
  finalImageName = optional (nullable text) null;
  finalImageTag = optional check.kinds.tag "latest";
  tlsVerify = optional flag true;
  name = optional (nullable text) null;
} (args: _: let
  hash = hashOf args;
  final = if args.finalImageName == null then args.imageName else args.finalImageName;
  isSri = builtins.match "sha[0-9]+-.*" hash.value != null;
  name = if args.name == null then fixName "docker-image-${final}-${args.finalImageTag}.tar" else args.name;
in import ../fetch.nix { inherit pkgs lib tools; } name {
  inherit (args) imageDigest;
  imageName = final;
  imageTag = args.finalImageTag;
  source = args.imageName;
  outputHash = hash.value;
  outputHashAlgo = if isSri then null else if hash.algo == null then "sha256" else hash.algo;
  outputHashMode = "flat";
} ''
  nixoci pull --quiet "$source@$imageDigest" --output "''${outputs[out]}" \
    --os ${lib.escapeShellArg args.os} --arch ${lib.escapeShellArg args.arch} \
    ${lib.optionalString (args.variant != null) "--variant ${lib.escapeShellArg args.variant}"} \
    --final-image-name "$imageName" --final-image-tag "$imageTag" \
    ${lib.optionalString (!args.tlsVerify) "--tls-verify=false"} > /dev/null
'')
