# dockerTools.mergeImages: several images in one archive.
{ lib, tools, check, image }:
images:
let
  function = "dockerTools.mergeImages";
  inherit (check) refuse kinds;

  sourceOf = each:
    if !(kinds.path.is each) then refuse function "an image must be an archive, and is ${kinds.describe each}"
    else if each.isExe or false && !(each ? plan) then refuse function "${each.name} is a program, not an archive; use the function that builds one"
    else image.sourceOf each;

  # dockerTools compresses the whole as it found the last of them.
  ending = let name = (lib.last images).name or "";
  in if lib.hasSuffix ".gz" name then ".tar.gz" else if lib.hasSuffix ".zst" name then ".tar.zst" else ".tar";
in
if !(builtins.isList images) then refuse function "takes a list of images, and was given ${kinds.describe images}"
else if images == [ ] then refuse function "takes one image or more, and was given none"
else tools.runCommand "merge-docker-images" {
  nativeBuildInputs = [ tools.nixoci ];
  sources = map sourceOf images;
  preferLocalBuild = true;
  passthru = { inherit images; };
} ''
  export NIXOCI_CACHE_DIR=$TMPDIR/cache # a build has no home, and must not make one
  nixoci merge --quiet $sources docker-archive:merged${ending} > /dev/null
  mv merged${ending} $out
''
