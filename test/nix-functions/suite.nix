# What test/e2e/nix-functions.test.ts evaluates and builds: all in one expression, so that Nix is
# started as seldom as can be. `leaf` is what a program prints, to build it anew.
{ lib ? import ./lib.nix, leaf ? "Hello, world!", library ? "shared", allArchives ? false
, registry ? "127.0.0.1:1", digest ? null, hash ? null }:
let
  pkgs = import ./pkgs.nix {
    inherit lib;
    overlays = [ (_: _: { pkgsCross.aarch64-multiplatform = foreign // { dockerTools = (functionsFor foreign).dockerTools; }; }) ];
  };
  foreign = import ./pkgs.nix { inherit lib; hostSystem = "aarch64-linux"; build = pkgs; };
  # The files that the program is, so that others do not make another program of it.
  bundle = builtins.path {
    name = "bundle";
    path = ../..;
    filter = path: _: builtins.match "(/bin|/dist|/LICENSE).*" (lib.removePrefix (toString ../..) (toString path)) != null;
  };
  nixoci = import ../../nix/package/bundle.nix { inherit pkgs lib; src = bundle; version = "test"; };
  functionsFor = pkgs: import ../.. { inherit pkgs lib nixoci; };
  functions = functionsFor pkgs;
  inherit (functions) dockerTools nix2container;

  specOf = image: builtins.fromJSON (builtins.unsafeDiscardStringContext image.plan.spec);
  unbuilt = "evaluated, not built: they fetch an image of Docker Hub";
  owned = "built outside of the sandbox, for a user of the script";
  shared = pkgs.writeText "library" library;
  leafOf = name: text: pkgs.writeScriptBin name "#!${pkgs.bash}/bin/bash\n# ${shared}\necho '${text}'\n";
  # Recorded store paths, which dockerTools itself has made layers of.
  recorded = map builtins.storePath [
    "/nix/store/0c1b2d3f4g5h6i7j8k9l0m1n2p3q4r5s-hello-2.12"
    "/nix/store/1c1b2d3f4g5h6i7j8k9l0m1n2p3q4r5s-settings.json"
    "/nix/store/2c1b2d3f4g5h6i7j8k9l0m1n2p3q4r5s-hello-alias"
    "/nix/store/3c1b2d3f4g5h6i7j8k9l0m1n2p3q4r5s-root"
  ];
in
rec {
  inherit pkgs lib functions dockerTools nix2container;
  inherit (dockerTools) examples;
  exampleNames = {
    names = builtins.attrNames examples;
    ${unbuilt} = [ "nixFromDockerHub" "testNixFromDockerHub" "onTopOfPulledImage" ];
    ${owned} = [ "layeredImageWithFakeRootCommands" "mergedBashFakeRoot" ];
    "built, with a stand-in for cross packages" = [ "cross" ];
    "built, with a stand-in for NixOS's commands" = [ "etc" ];
  };
  # In the sandbox, by the functions that make them (basedImage is buildImage on a base): the plans of
  # all, and the archives of each kind.
  builtExamples = let
    built = removeAttrs examples (exampleNames.${unbuilt} ++ exampleNames.${owned});
    archives = if allArchives then built else {
      inherit (examples) redis bashUncompressed bashLayeredZstdCompressed;
    };
    made = builtins.mapAttrs (_: image: if image.isExe or false then image else image.plan or image) built // archives;
    groupOf = name: let image = built.${name}; in
      if image ? buildArgs then (if image.buildArgs ? fromImage then "basedImage" else "buildImage")
      else if lib.hasPrefix "nix-shell" name then "streamNixShellImage"
      else if image ? stream then "buildLayeredImage"
      else if image ? conf then "streamLayeredImage"
      else "others";
  in builtins.mapAttrs (_: map (name: made.${name})) (builtins.groupBy groupOf (builtins.attrNames built));

  changed = dockerTools.streamLayeredImage {
    name = "changed";
    tag = "1";
    contents = [ pkgs.coreutils (leafOf "leaf" leaf) (leafOf "other" "") ];
    config.Cmd = [ "/bin/leaf" ];
  };

  ofRecorded = more: dockerTools.streamLayeredImage ({
    name = "recorded";
    tag = "1";
    config.Labels.paths = toString recorded;
  } // more);
  asDockerTools = (ofRecorded { }).plan;
  asUser = (ofRecorded { mtime = "@1700000000"; uid = 1000; gid = 1000; uname = "user"; gname = "users"; }).plan;
  asNix2container = nix2container.buildLayer { deps = recorded; };

  # buildImage's one layer, by these functions and by the commands of nixpkgs.
  oneLayer = import ./one-layer.nix { inherit pkgs lib dockerTools; };

  libraries = nix2container.buildLayer { deps = [ pkgs.bash ]; };
  converted = nix2container.buildImage {
    name = "Converted";
    config.entrypoint = [ "${pkgs.hello}/bin/hello" ];
    layers = [ (nix2container.buildLayer { deps = [ pkgs.coreutils ]; layers = [ libraries ]; reproducible = false; }) ];
    copyToRoot = pkgs.buildEnv { name = "root"; paths = [ pkgs.busybox ]; pathsToLink = [ "/bin" ]; };
  };

  pulled = dockerTools.pullImage {
    imageName = "${registry}/nix/base";
    imageDigest = digest;
    inherit hash;
    finalImageName = "base";
    finalImageTag = "1";
  };
  locked = functions.lib.fromLock /repo/nixoci.lock.json "${registry}/nix/base";
  onLocked = dockerTools.buildImage { name = "on-locked"; tag = "1"; fromImage = locked; copyToRoot = pkgs.hello; };
  alsoOnLocked = dockerTools.streamLayeredImage { name = "also"; tag = "1"; fromImage = locked; contents = [ pkgs.busybox ]; };
  ofLocked = [ (dockerTools.exportImage { fromImage = locked; }) (dockerTools.mergeImages [ locked alsoOnLocked ]) ];
  onPulled = dockerTools.buildImage { name = "on-locked"; tag = "1"; fromImage = pulled; copyToRoot = pkgs.hello; };

  # Brought to places by the programs that they have.
  published = dockerTools.streamLayeredImage { name = "${registry}/nix/published"; tag = "1"; contents = [ pkgs.busybox ]; };
  # Of no path that nixoci is made of: Nix 2.8 would take it for a reference of what it fetches.
  plain = nix2container.buildImage { name = "plain"; config.entrypoint = [ "${pkgs.busybox}/bin/sh" ]; };
  moved = nix2container.buildImage { name = "${registry}/nix/moved"; tag = "1"; arch = "arm64"; config.entrypoint = [ "${pkgs.busybox}/bin/sh" ]; };
  base = nix2container.pullImageFromManifest {
    imageName = "nix/base";
    imageTag = "1";
    registryUrl = registry;
    imageManifest = /repo/manifest.json;
  };
  onManifest = nix2container.buildImage { name = "on-manifest"; fromImage = base; };
  joined = functions.joinImages { name = "${registry}/nix/joined"; tag = "1"; images = [ published moved ]; };

  # nixoci itself, of the packages in the lockfile, which `files` has.
  npmPackages = import ../../nix/package/npm.nix {
    inherit lib;
    lock = lib.importJSON ../../package-lock.json;
    wanted = builtins.attrNames (lib.importJSON ../../package.json).dependencies ++ [ "rolldown" ];
    os = "linux";
    cpu = { x86_64 = "x64"; aarch64 = "arm64"; }.${builtins.head (lib.splitString "-" pkgs.system)};
  };
  package = import /source/nix/package { pkgs = import ./pkgs.nix { inherit lib; files = lib.importJSON /source/files.json; }; };
  overlaid = (import ./pkgs.nix { inherit lib; overlays = [ (import ../../nix/overlay.nix) ]; }).nixoci;

  # Attributes that modules and composers read, without building anything.
  attributes = let
    inherit (examples) nginxStream bashNoTagLayered redis;
    none = value: value.isExe or false;
  in {
    stream = { inherit (nginxStream) isExe imageName imageTag; conf = nginxStream.conf.name; program = baseNameOf (lib.getExe nginxStream); };
    archive = { inherit (bashNoTagLayered) imageName name; stream = bashNoTagLayered.stream.name; exe = none bashNoTagLayered; tag = builtins.stringLength bashNoTagLayered.imageTag; };
    image = { inherit (redis) imageName imageTag name; args = builtins.attrNames redis.buildArgs; layer = redis.layer.name; exe = none redis; };
    overridden = (bashNoTagLayered.override { tag = "mine"; }).imageTag;
    overriddenAttrs = (redis.overrideAttrs (_: { name = "other"; })).name;
    converted = { inherit (converted) imageName name imageRefUnsafe; context = builtins.hasContext converted.imageRefUnsafe; };
    required = builtins.attrNames (lib.filterAttrs (_: optional: !optional) (lib.functionArgs dockerTools.buildLayeredImage));
    set = builtins.attrNames dockerTools;
    overlaid = (overlaid.dockerTools.buildImage { name = "x"; }).name;
    locked = map (name: (functions.lib.fromLock ./lock.json name).imageTag) [ "debian" "docker.io/library/alpine:3.20" "alpine:3.21" ];
    layers = map (layer: removeAttrs layer [ "deps" ]) (specOf (dockerTools.buildImage { name = "x"; copyToRoot = pkgs.hello; maxLayers = 3; })).layers;
    single = let spec = specOf (dockerTools.buildImage { name = "x"; copyToRoot = pkgs.hello; }); in { inherit (spec) layers singleLayer; };
    # Made where the paths are, and yet taken from a cache that has them.
    local = builtins.all (each: each.preferLocalBuild && each.allowSubstitutes or true) changed.plan.data;
    kvm = builtins.any (image: image.requiredSystemFeatures or [ ] != [ ]) [ redis examples.exportBash ];
  };

  # A Mac, whose Linux builder makes the packages: all else is built, and runs, on the Mac.
  darwinPackages = import ./pkgs.nix { inherit lib; system = "aarch64-darwin"; };
  linuxPackages = import ./pkgs.nix { inherit lib; system = "aarch64-linux"; };
  onDarwin = import ../.. { inherit lib; pkgs = darwinPackages; nixoci = import ../../nix/package { pkgs = darwinPackages; }; };
  darwin = let
    image = onDarwin.dockerTools.buildImage { name = "x"; tag = "1"; copyToRoot = linuxPackages.hello; };
    linux = (import ../.. { inherit lib; pkgs = linuxPackages; }).dockerTools.streamLayeredImage
      { name = "x"; contents = linuxPackages.hello; extraCommands = "true"; };
  in builtins.deepSeq [ image.drvPath linux.plan.drvPath ] {
    archive = image.system;
    plan = image.plan.system;
    app = (onDarwin.appsFor linux).publish.system;
    joined = (onDarwin.joinImages { name = "x"; tag = "1"; images = [ image linux ]; }).system;
    contents = linux.plan.system;
    architecture = (specOf image).architecture;
  };

  # Wrong arguments, each of which must be an error that names the function and the argument.
  wrong = {
    unknown = dockerTools.buildImage { nam = "x"; };
    missing = dockerTools.streamLayeredImage { tag = "1"; };
    nix2containers = nix2container.buildImage { name = "x"; copyToRot = pkgs.hello; };
    slashed = nix2container.buildImage { name = "x"; tag = "a/b"; };
    both = nix2container.buildLayer { contents = pkgs.hello; copyToRoot = pkgs.hello; };
    place = nix2container.pullImageFromManifest { imageName = "x"; imageManifest = { }; };
    text = dockerTools.buildImage { name = "x"; copyToRoot = "/etc"; };
    relative = dockerTools.streamLayeredImage { name = "x"; fromImage = "alpine"; };
    number = dockerTools.streamLayeredImage { name = "x"; uid = -1; };
    pipeline = dockerTools.buildLayeredImage { name = "x"; layeringPipeline = [ "popularity_contest" ]; };
    lockTag = functions.lib.fromLock ./lock.json "alpine";
    lockPlatform = functions.lib.fromLockFor "linux/s390x" ./lock.json "debian";
    lockFile = functions.lib.fromLock { } "alpine";
    twice = dockerTools.buildImage { name = "x"; contents = pkgs.hello; copyToRoot = pkgs.hello; };
    slash = dockerTools.buildLayeredImage { name = "x"; tag = "a/b"; };
    derivation = dockerTools.streamNixShellImage { drv = pkgs.hello; homeDirectory = pkgs.hello; };
    within = nix2container.buildImage { name = "x"; copyToRoot = "${pkgs.hello}/bin/hello"; };
    compressor = dockerTools.buildImage { name = "x"; compressor = "xz"; };
    layers = dockerTools.streamLayeredImage { name = "x"; maxLayers = 1; };
    hashes = dockerTools.pullImage { imageName = "x"; imageDigest = "sha256:${builtins.hashString "sha256" ""}"; hash = "a"; sha256 = "b"; };
    darwin = dockerTools.buildImage { name = "x"; copyToRoot = darwinPackages.hello; };
    scripts = onDarwin.dockerTools.streamLayeredImage { name = "x"; fakeRootCommands = "true"; };
    chroot = onDarwin.dockerTools.streamLayeredImage { name = "x"; enableFakechroot = true; };
    inherited = dockerTools.buildImage { name = "x"; inheritConfig = "some"; };
    lock = functions.lib.fromLock /repo/nixoci.lock.json "alpine";
    part = dockerTools.mkPureLayer { name = "x"; };
    tests = dockerTools.tests;
    examples = (functionsFor (removeAttrs pkgs [ "path" ])).dockerTools.examples;
    tarsum = dockerTools.tarsum;
  };

  inherit (import ./snippets.nix { inherit pkgs lib functions registry; }) ofDockerTools ofNix2container ofContainerImages;
  inherit (import ./modules-suite.nix { inherit pkgs lib functions; }) modules services wrongModules;
}
