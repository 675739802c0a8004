# What nixpkgs' examples of dockerTools ask of it, under their names (as of May 2026), in our own words:
# the same functions, arguments and packages, in the place that theirs have.
{ pkgs, pkgsCross, buildImage, buildLayeredImage, pullImage, streamNixShellImage, ... }:
let
  inherit (pkgs) dockerTools;
  inherit (dockerTools) mergeImages streamLayeredImage;
  bin = name: paths: pkgs.buildEnv { inherit name paths; pathsToLink = [ "/bin" ]; };
  root = bin "image-root";
  latest = name: more: { inherit name; tag = "latest"; } // more;
  say = word: file: ''echo "(${word})" > ${file}'';
  output = "mkdir ./example-output\nchmod 777 ./example-output\n";
  helloRoot = pkgs.buildEnv { name = "hello-root"; paths = [ pkgs.hello ]; };
  onHello = more: streamLayeredImage (latest "hello" ({ contents = [ helloRoot ]; config.Cmd = [ "hello" ]; } // more));
  writing = more: latest "layered-on-top" ({
    fromImage = examples.layered-image;
    extraCommands = output;
    config = {
      Env = [ "PATH=${pkgs.coreutils}/bin/" ];
      WorkingDir = "/example-output";
      Cmd = [ "${pkgs.bash}/bin/bash" "-c" "echo hello > foo; cat foo" ];
    };
  } // more);
  userFiles = user: [
    (pkgs.writeTextDir "etc/passwd" "root:x:0:0::/root:${pkgs.runtimeShell}\n${user}:x:999:999::/home/${user}:\n")
    (pkgs.writeTextDir "etc/group" "root:x:0:\n${user}:x:999:\n")
    (pkgs.writeTextDir "etc/shadow" "root:!x:::::::\n${user}:!:::::::\n")
    (pkgs.writeTextDir "etc/gshadow" "root:x::\n${user}:x::\n")
  ];
  nginxArguments = latest "nginx-container" {
    contents = [ pkgs.nginx ] ++ userFiles "nginx";
    meta.description = "nginx";
    extraCommands = "mkdir -p tmp/nginx_client_body var/log/nginx";
    config = {
      Cmd = [ "nginx" "-c" (pkgs.writeText "nginx.conf" "daemon off;\nroot ${pkgs.writeTextDir "index.html" "<h1>Hello</h1>"};\n") ];
      ExposedPorts."80/tcp" = { };
    };
  };
  hub = {
    imageName = "nixos/nix";
    imageDigest = "sha256:${builtins.hashString "sha256" "nix"}";
    hash = "sha256-xxZ4UW6jRIVAzlVYA62awcopzcYNViDyh6q1yocF3KU=";
    finalImageName = "nix";
    finalImageTag = "2.2.1";
  };
  nixContents = [ pkgs.coreutils pkgs.nix pkgs.bash ];
  pager = { Env = [ "NIX_PAGER=cat" "USER=nobody" ]; };
  child = more: latest "child" ({ fromImage = examples.environmentVariablesParent; config.Env = [ "FROM_CHILD=true" "LAST_LAYER=child" ]; } // more);
  ordered = name: files: more: buildImage (latest name ({
    extraCommands = "mkdir -p tmp\n" + builtins.concatStringsSep "\n" (map (file: "echo ${name} > tmp/layer${toString file}") files);
  } // more));
  unpacked = parent: name: buildImage (latest "layers-unpack-order-${name}" {
    fromImage = parent;
    copyToRoot = root [ pkgs.coreutils ];
    runAsRoot = "#!${pkgs.runtimeShell}\necho -n ${name} >> /layer-order\n";
  });
  shell = name: more: streamNixShellImage (latest name ({ drv = pkgs.mkShell { }; } // more));

  examples = rec {
    bash = buildImage (latest "bash" { copyToRoot = root [ pkgs.bash ]; });
    redis = buildImage (latest "redis" {
      meta.description = "A service on another image";
      fromImage = bash;
      copyToRoot = root [ pkgs.redis ];
      runAsRoot = ''
        mkdir -p /data
        cat > /bin/healthcheck <<-'EOF'
        probe="$(/bin/redis-cli ping)"
        EOF
        chmod +x /bin/healthcheck
      '';
      config = {
        Cmd = [ "/bin/redis-server" ];
        WorkingDir = "/data";
        Volumes."/data" = { };
        Healthcheck = { Test = [ "CMD-SHELL" "/bin/healthcheck" ]; Interval = 30000000000; Timeout = 10000000000; Retries = 3; };
      };
    });
    nginx = buildLayeredImage nginxArguments;
    nginxStream = streamLayeredImage nginxArguments;
    nixFromDockerHub = pullImage hub;
    testNixFromDockerHub = pkgs.testers.invalidateFetcherByDrvHash pullImage hub;
    onTopOfPulledImage = buildImage (latest "onTopOfPulledImage" { fromImage = nixFromDockerHub; copyToRoot = root [ pkgs.hello ]; });
    cross = let other = pkgsCross.aarch64-multiplatform; in
      other.dockerTools.buildImage (latest "hello-cross" { copyToRoot = root [ other.hello ]; });
    # NixOS's commands, which make links in /etc, are one link here.
    etc = streamLayeredImage (latest "etc" {
      enableFakechroot = true;
      fakeRootCommands = "mkdir -p /etc\nln -s ${pkgs.writeText "some-config-file" "127.0.0.1 localhost\n"} /etc/some-config-file\n";
      config.Cmd = [ (pkgs.writeScript "etc-cmd" "#!${pkgs.busybox}/bin/sh\n${pkgs.busybox}/bin/cat /etc/some-config-file\n") ];
    });
    editors = buildImage { name = "editors"; copyToRoot = root (with pkgs; [ coreutils bash emacs vim nano ]); };
    nix = dockerTools.buildImageWithNixDb (latest "nix" { copyToRoot = root nixContents; config = pager; });
    runAsRootExtraCommands = buildImage (latest "runAsRootExtraCommands" {
      copyToRoot = root [ pkgs.coreutils ];
      runAsRoot = say "runAsRoot" "runAsRoot";
      extraCommands = say "extraCommand" "extraCommands";
    });
    unstableDate = buildImage (latest "unstable-date" { copyToRoot = root [ pkgs.coreutils ]; created = "now"; });
    layered-image = buildLayeredImage (latest "layered-image" {
      extraCommands = say "extraCommand" "extraCommands";
      config.Cmd = [ "${pkgs.hello}/bin/hello" ];
      contents = [ pkgs.hello pkgs.bash pkgs.coreutils ];
    });
    layered-on-top = buildImage (writing { });
    layered-on-top-layered = buildLayeredImage (writing { name = "layered-on-top-layered"; });
    runAsRootParentImage = buildImage (latest "runAsRootParentImage" { runAsRoot = "touch /example-file"; fromImage = bash; });
    layersOrder = ordered "l3" [ 3 ] {
      fromImage = ordered "l2" [ 2 3 ] { fromImage = ordered "l1" [ 1 2 3 ] { }; };
      copyToRoot = root [ pkgs.coreutils ];
    };
    environmentVariablesParent = buildImage (latest "parent" { config.Env = [ "FROM_PARENT=true" "LAST_LAYER=parent" ]; });
    environmentVariables = buildImage (child { copyToRoot = root [ pkgs.coreutils ]; });
    environmentVariablesLayered = buildLayeredImage (child { contents = [ pkgs.coreutils ]; });
    another-layered-image = buildLayeredImage (latest "another-layered-image" { config.Cmd = [ "${pkgs.hello}/bin/hello" ]; });
    two-layered-image = buildLayeredImage (latest "two-layered-image" {
      config.Cmd = [ "${pkgs.hello}/bin/hello" ];
      contents = [ pkgs.bash pkgs.hello ];
      maxLayers = 2;
    });
    bulk-layer = buildLayeredImage (latest "bulk-layer" { contents = with pkgs; [ coreutils hello ]; maxLayers = 2; });
    layered-bulk-layer = buildLayeredImage (latest "layered-bulk-layer" {
      fromImage = two-layered-image;
      contents = with pkgs; [ coreutils hello ];
      maxLayers = 4;
    });
    no-store-paths = buildLayeredImage (latest "no-store-paths" {
      extraCommands = "cp -r ${pkgs.pkgsStatic.busybox}/* .\n${pkgs.hello}/bin/hello\n";
    });
    nixLayered = dockerTools.buildLayeredImageWithNixDb (latest "nix-layered" { contents = nixContents; config = pager; });
    filesInStore = dockerTools.buildLayeredImageWithNixDb (latest "file-in-store" {
      contents = [
        pkgs.coreutils
        pkgs.nix
        (pkgs.writeScriptBin "myscript" "#!${pkgs.runtimeShell}\ncat ${pkgs.writeText "somefile" "some data"}\n")
      ];
      config = { Cmd = [ "myscript" ]; Env = [ "USER=root" ]; };
    });
    unstableDateLayered = buildLayeredImage (latest "unstable-date-layered" { contents = [ pkgs.coreutils ]; created = "now"; });
    layersUnpackOrder = unpacked (unpacked (unpacked null "a") "b") "c";
    bashUncompressed = buildImage (latest "bash-uncompressed" { compressor = "none"; copyToRoot = pkgs.bash; });
    bashZstdCompressed = buildImage (latest "bash-zstd" { compressor = "zstd"; copyToRoot = pkgs.bash; });
    bashNoTag = buildImage { name = "bash-no-tag"; copyToRoot = pkgs.bash; };
    bashNoTagLayered = buildLayeredImage { name = "bash-no-tag-layered"; contents = pkgs.bash; };
    bashLayeredUncompressed = buildLayeredImage (latest "bash-layered-uncompressed" { compressor = "none"; contents = pkgs.bash; });
    bashLayeredZstdCompressed = buildLayeredImage (latest "bash-layered-zstd" { compressor = "zstd"; contents = pkgs.bash; });
    bashNoTagStreamLayered = streamLayeredImage { name = "bash-no-tag-stream-layered"; contents = pkgs.bash; };
    bashLayeredWithUser = buildLayeredImage (latest "bash-layered-with-user" {
      contents = [ pkgs.bash pkgs.coreutils ] ++ userFiles "somebody";
    });
    layeredStoreSymlink = buildLayeredImage (latest "layeredstoresymlink" {
      contents = [ pkgs.bash (pkgs.runCommand "symlink" { } "ln -s ${pkgs.writeTextDir "dir/target" "Content"} $out") ];
    });
    prefixedImage = buildImage (latest "registry-1.docker.io/image" { config.Cmd = [ "${pkgs.hello}/bin/hello" ]; });
    prefixedLayeredImage = buildLayeredImage (latest "registry-1.docker.io/layered-image" { config.Cmd = [ "${pkgs.hello}/bin/hello" ]; });
    layeredImageWithFakeRootCommands = buildLayeredImage (latest "layered-image-with-fake-root-commands" {
      contents = [ pkgs.pkgsStatic.busybox ];
      fakeRootCommands = ''
        mkdir -p ./home/alice
        chown 1000 ./home/alice
        ln -s ${pkgs.hello.overrideAttrs (final: old: { configureFlags = old.configureFlags or [ ] ++ [ "--program-prefix=x-" ]; name = "hello-only-here"; })} ./hello
      '';
    });
    mergedBashAndRedis = mergeImages [ bash redis ];
    mergedBashNoTagAndRedis = mergeImages [ bashNoTag redis ];
    mergedBashFakeRoot = mergeImages [ bash layeredImageWithFakeRootCommands ];
    mergeVaryingCompressor = mergeImages [ redis bashUncompressed bashZstdCompressed ];
    helloOnRoot = onHello { };
    helloOnRootNoStore = onHello { includeStorePaths = false; };
    helloOnRootNoStoreFakechroot = onHello { includeStorePaths = false; enableFakechroot = true; };
    exportBash = dockerTools.exportImage { fromImage = bash; };
    imageViaFakeChroot = streamLayeredImage (latest "image-via-fake-chroot" {
      config.Cmd = [ "hello" ];
      enableFakechroot = true;
      fakeRootCommands = "mkdir /bin\nln -s ${pkgs.hello}/bin/hello /bin/hello\n";
    });
    build-image-with-path = buildImage (latest "build-image-with-path" { copyToRoot = [ pkgs.bash ./test-dummy ]; });
    layered-image-with-path = streamLayeredImage (latest "layered-image-with-path" { contents = [ pkgs.bash ./test-dummy ]; });
    build-image-with-architecture = buildImage (latest "build-image-with-architecture" { architecture = "arm64"; copyToRoot = [ pkgs.bash ./test-dummy ]; });
    layered-image-with-architecture = streamLayeredImage (latest "layered-image-with-architecture" { architecture = "arm64"; contents = [ pkgs.bash ./test-dummy ]; });
    image-with-certs = buildImage (latest "image-with-certs" {
      copyToRoot = pkgs.buildEnv { name = "image-with-certs-root"; paths = [ pkgs.coreutils dockerTools.caCertificates ]; };
      config = { };
    });
    nix-shell-basic = shell "nix-shell-basic" { drv = pkgs.hello; };
    nix-shell-hook = shell "nix-shell-hook" { drv = pkgs.mkShell { shellHook = "echo hook\nexit\n"; }; };
    nix-shell-inputs = shell "nix-shell-inputs" { drv = pkgs.mkShell { nativeBuildInputs = [ pkgs.hello ]; }; command = "hello\n"; };
    nix-shell-pass-as-file = shell "nix-shell-pass-as-file" { drv = pkgs.mkShell { str = "this is a string"; passAsFile = [ "str" ]; }; command = "cat \"$strPath\"\n"; };
    nix-shell-run = shell "nix-shell-run" { run = "case $- in *i*) echo interactive ;; *) echo not ;; esac\n"; };
    nix-shell-command = shell "nix-shell-command" { command = "case $- in *i*) echo interactive ;; *) echo not ;; esac\n"; };
    nix-shell-writable-home = shell "nix-shell-writable-home" { run = "touch $HOME/test-file\n"; };
    nix-shell-nonexistent-home = shell "nix-shell-nonexistent-home" { homeDirectory = "/homeless-shelter"; run = "[ ! -e $HOME ]\n"; };
    nix-shell-build-derivation = shell "nix-shell-build-derivation" { drv = pkgs.hello; run = "buildDerivation\n$out/bin/hello\n"; };
    nix-layered = streamLayeredImage (latest "nix-layered" { contents = [ pkgs.nix pkgs.bash ]; includeNixDB = true; config.Env = [ "NIX_PAGER=cat" ]; });
  };
in
examples
