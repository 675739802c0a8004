# An OCI layout of blobs that are in the store: links, and a document of a few lines.
{ lib, tools }:
{ name, manifest, blobs, passthru ? { } }:
let
  place = digest: "blobs/${builtins.replaceStrings [ ":" ] [ "/" ] digest}";
  links = map ({ digest, file }: ''
    mkdir -p "$out/${dirOf (place digest)}"
    ln -sf ${file} "$out/${place digest}"
  '') blobs;
in
tools.runCommand name {
  index = builtins.toJSON {
    schemaVersion = 2;
    mediaType = "application/vnd.oci.image.index.v1+json";
    manifests = [ manifest ];
  };
  layout = builtins.toJSON { imageLayoutVersion = "1.0.0"; };
  passthru = passthru // { isLayout = true; };
  preferLocalBuild = true;
} ''
  mkdir -p $out
  printf %s "$index" > $out/index.json
  printf %s "$layout" > $out/oci-layout
  ${builtins.concatStringsSep "" links}
''
