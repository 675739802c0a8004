# What `skopeo copy docker://… dir:` writes, and a layout that leads to the same blobs.
{ pkgs, lib, tools }:
{ imageName, imageDigest, sha256, os, arch, tlsVerify, name }:
let
  fixName = builtins.replaceStrings [ "/" ":" ] [ "-" "-" ];
  isSri = builtins.match "sha256-.*" sha256 != null;
  dir = import ../fetch.nix { inherit pkgs lib tools; }
    (if name == null then fixName "docker-image-${imageName}" else name) {
    inherit imageName imageDigest;
    outputHash = sha256;
    outputHashAlgo = if isSri then null else "sha256";
    outputHashMode = "recursive";
  } ''
    nixoci pull --quiet "$imageName@$imageDigest" --to oci-dir:layout:image \
      --os ${lib.escapeShellArg os} --arch ${lib.escapeShellArg arch} \
      ${lib.optionalString (!tlsVerify) "--src-tls-verify=false"} > /dev/null
    digest=$(nixoci digest --quiet oci-dir:layout:image)
    out=''${outputs[out]}
    mkdir $out
    mv layout/blobs/sha256/* $out/
    mv "$out/''${digest#sha256:}" $out/manifest.json
    printf 'Directory Transport Version: 1.1\n' > $out/version
  '';
in
tools.runCommand (lib.strings.sanitizeDerivationName "nix2container-${imageName}") {
  inherit dir;
  passthru.isLayout = true;
  nativeBuildInputs = [ tools.nixoci ];
  preferLocalBuild = true;
} ''
  mkdir -p $out/blobs/sha256
  for file in $dir/*; do ln -s "$file" $out/blobs/sha256/; done
  rm $out/blobs/sha256/version $out/blobs/sha256/manifest.json
  hash=$(sha256sum $dir/manifest.json | cut -d ' ' -f 1)
  ln -s $dir/manifest.json $out/blobs/sha256/$hash
  type=$(sed -n 's/.*"mediaType" *: *"\([^"]*manifest[^"]*\)".*/\1/p' $dir/manifest.json | head -n 1)
  printf '{"schemaVersion":2,"manifests":[{"mediaType":"%s","digest":"sha256:%s","size":%s}]}' \
    "''${type:-application/vnd.oci.image.manifest.v1+json}" "$hash" "$(stat -c %s $dir/manifest.json)" > $out/index.json
  printf '{"imageLayoutVersion":"1.0.0"}' > $out/oci-layout
''
