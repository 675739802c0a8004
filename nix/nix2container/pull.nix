# nix2container.pullImage and pullImageFromManifest: bases, by digest.
{ pkgs, lib, tools, check, layouts }:
let
  inherit (check) optional required refuse;
  inherit (check.kinds) nullable text flag path;
  inherit (layouts) fetchBlob makeLayout;

  # Docker Hub by the names that nix2container's documents have for it.
  hub = [ "registry-1.docker.io" "registry.hub.docker.com" "index.docker.io" ];
in
{
  # A folder as `skopeo copy docker://… dir:` writes it, so that hashes of it hold; and of that the
  # layout that other tools read.
  pullImage = check.define "nix2container.pullImage" {
    imageName = required text;
    imageDigest = required text;
    sha256 = required text;
    os = optional text "linux";
    arch = optional text tools.architecture;
    tlsVerify = optional flag true;
    name = optional (nullable text) null;
  } (args: _: import ./skopeo-directory.nix { inherit pkgs lib tools; } args);

  pullImageFromManifest = let function = "nix2container.pullImageFromManifest"; in check.define function {
    imageName = required text;
    imageManifest = optional (nullable path) null;
    imageTag = optional text "latest";
    os = optional text "linux";
    arch = optional text tools.architecture;
    tlsVerify = optional flag true;
    registryUrl = optional text "registry-1.docker.io";
  } (args: _: let
    host = if builtins.elem args.registryUrl hub then "docker.io" else args.registryUrl;
    repository = "${host}/${args.imageName}";
    verify = lib.optionalString (!args.tlsVerify) "--tls-verify=false";
    file = if args.imageManifest != null then args.imageManifest else refuse function
      "the argument imageManifest is missing; the attribute getManifest is a program that prints one";
    manifest = lib.importJSON file;
    digest = "sha256:${builtins.hashFile "sha256" file}";
    blob = kind: descriptor: {
      inherit (descriptor) digest;
      file = fetchBlob { inherit repository kind; inherit (descriptor) digest size; };
    };
    getManifest = tools.writeScriptBin "get-manifest" ''
      #!${tools.runtimeShell}
      exec ${tools.nixoci}/bin/nixoci inspect --raw --platform ${lib.escapeShellArg "${args.os}/${args.arch}"} ${verify} ${lib.escapeShellArg "registry:${repository}:${args.imageTag}"} "$@"
    '';
    size = builtins.stringLength (builtins.readFile file);
    layout = makeLayout {
      name = lib.strings.sanitizeDerivationName "nix2container-${args.imageName}";
      manifest = { inherit digest size; mediaType = manifest.mediaType or "application/vnd.oci.image.manifest.v1+json"; };
      blobs = [ { inherit digest; file = "${file}"; } (blob "config" manifest.config) ]
        ++ map (blob "layer") manifest.layers;
    };
  # A missing manifest is no error for who asks for the program that prints it.
  in if args.imageManifest == null then { inherit getManifest; outPath = file; } else layout // { inherit getManifest; });
}
