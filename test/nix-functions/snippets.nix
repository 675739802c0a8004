# What the documents of dockerTools, nix2container and nix-container-images show, in our own words: the same
# functions, arguments and options. Each is instantiated; some are built, and run.
{ pkgs, lib, functions, registry }:
let
  inherit (functions) dockerTools nix2container makeImage;
  inherit (nix2container) buildImage buildLayer pullImage pullImageFromManifest;
  bin = paths: pkgs.buildEnv { name = "root"; inherit paths; pathsToLink = [ "/bin" ]; };
  hello = [ "${pkgs.hello}/bin/hello" ];
  talk = pkgs.writeScript "conversation" "${pkgs.hello}/bin/hello\necho 'and good bye'\n";
  folder = name: files: pkgs.runCommand name { } (lib.concatMapStringsSep "\n" (file: "mkdir -p $out/${dirOf file}; touch $out/${file}") files);
  empty = folder "tmp" [ "tmp/.keep" ];
  digest = "sha256:${builtins.hashString "sha256" ""}";
  latest = more: { name = "hello"; tag = "latest"; } // more;
  greeting = more: latest ({ copyToRoot = bin [ pkgs.hello ]; config = { Cmd = [ "/bin/hello" ]; WorkingDir = "/data"; }; } // more);
  links = more: dockerTools.streamLayeredImage ({ name = "hello"; contents = [ pkgs.hello ]; } // more);
  layered = dockerTools.buildLayeredImage { name = "hello"; contents = [ pkgs.hello ]; };
  helpers = { name = "env-helpers"; tag = "latest"; };
  addUser = "${dockerTools.shadowSetup}\ngroupadd -r hello\nuseradd -r -g hello hello\nmkdir /data\nchown hello:hello /data\n";
  shellOf = change: dockerTools.streamNixShellImage { tag = "latest"; drv = pkgs.hello.overrideAttrs change; };
in
{
  ofDockerTools = {
    service = dockerTools.buildImage (latest {
      copyToRoot = bin [ pkgs.redis ];
      runAsRoot = "mkdir -p /data\n";
      config = { Cmd = [ "/bin/redis-server" ]; WorkingDir = "/data"; Volumes."/data" = { }; };
    });
    runAsRoot = dockerTools.buildImage (greeting { runAsRoot = "mkdir -p /data\necho some > my-file\n"; });
    extraCommands = dockerTools.buildImage (greeting { extraCommands = "mkdir -p data\necho some > my-file\n"; });
    now = dockerTools.buildImage (greeting { created = "now"; });
    layered = dockerTools.buildLayeredImage (latest { contents = [ pkgs.hello ]; config.Cmd = [ "/bin/hello" ]; });
    stream = links { tag = "latest"; config.Cmd = [ "/bin/hello" ]; };
    explored = links { };
    withoutStore = links { includeStorePaths = false; };
    configClosure = dockerTools.streamLayeredImage (latest { config.Cmd = [ "${lib.getExe pkgs.hello}" ]; });
    pull = dockerTools.pullImage {
      imageName = "quay.io/coreos/etcd";
      imageDigest = digest;
      finalImageName = "etcd";
      finalImageTag = "v3.5.11";
      sha256 = "Myw+85f2/EVRyMB3axECdmQ5eh9p1q77FWYKy8YpRWU=";
    };
    # As `nix-prefetch-docker` prints it.
    prefetched = dockerTools.pullImage { imageName = "nixos/nix"; imageDigest = digest; hash = "sha256-xxZ4UW6jRIVAzlVYA62awcopzcYNViDyh6q1yocF3KU="; finalImageName = "nixos/nix"; finalImageTag = "2.19"; };
    export = dockerTools.exportImage { name = "hello"; fromImage = layered; };
    exportNamed = dockerTools.exportImage { fromImage = layered; };
    exportPath = dockerTools.exportImage { name = "filesystem.tar"; fromImage = ./lib.nix; };
    helpers = dockerTools.buildImage (helpers // { copyToRoot = [ pkgs.hello dockerTools.binSh ]; });
    helpersLayered = dockerTools.buildLayeredImage (helpers // { contents = [ pkgs.hello dockerTools.binSh ]; config.Cmd = [ "/bin/hello" ]; });
    shadow = dockerTools.buildImage (latest { copyToRoot = [ pkgs.hello ]; runAsRoot = addUser; config.Cmd = [ "/bin/hello" ]; });
    shadowLayered = dockerTools.buildLayeredImage (latest { contents = [ pkgs.hello ]; fakeRootCommands = addUser; enableFakechroot = true; });
    shell = dockerTools.buildNixShellImage { drv = pkgs.hello; tag = "latest"; };
    shellStream = dockerTools.streamNixShellImage { drv = pkgs.hello; tag = "latest"; };
    shellInputs = shellOf (old: { nativeBuildInputs = old.nativeBuildInputs or [ ] ++ [ pkgs.gnugrep ]; });
    shellHook = shellOf (old: { shellHook = "${old.shellHook or ""}\necho hello\n"; });
  };

  ofNix2container = {
    hello = buildImage { name = "hello"; config.entrypoint = hello; };
    bash = buildImage { name = "bash"; copyToRoot = [ (bin [ pkgs.bashInteractive pkgs.coreutils ]) ]; config.Cmd = [ "/bin/bash" ]; };
    created = buildImage { name = "created"; config.entrypoint = hello; created = "2024-05-13T09:31:10Z"; };
    layered = buildImage { name = "layered"; config.entrypoint = hello; maxLayers = 3; };
    isolated = buildImage {
      name = "hello";
      config.entrypoint = [ "${pkgs.bash}/bin/bash" talk ];
      layers = [ (buildLayer { deps = [ pkgs.bash pkgs.hello ]; }) ];
    };
    nested = buildImage {
      name = "nested";
      config.entrypoint = [ "/bin/bash" "-c" "${pkgs.hello}/bin/hello" ];
      layers = [ (buildLayer {
        deps = [ pkgs.bashInteractive ];
        copyToRoot = bin [ pkgs.bashInteractive ];
        layers = [ (buildLayer { deps = [ pkgs.busybox ]; }) (buildLayer { deps = [ pkgs.busybox ]; }) ];
      }) ];
    };
    metadata = buildImage {
      name = "metadata";
      layers = [ (buildLayer { deps = [ pkgs.hello ]; metadata = { created_by = "by"; author = "an author"; comment = "a comment"; }; }) ];
    };
    own = buildImage {
      name = "not-reproducible";
      config.entrypoint = [ "${pkgs.coreutils}/bin/cat" "${talk}" ];
      layers = [ (buildLayer { deps = [ talk ]; reproducible = false; }) ];
    };
    open = buildImage { name = "open"; copyToRoot = [ empty ]; perms = [ { path = empty; regex = ".*"; mode = "0777"; } ]; };
    owners = buildImage { name = "owners"; copyToRoot = [ empty ]; perms = [ { path = empty; regex = "/tmp/.keep"; uid = 1001; gid = 1001; } ]; };
    nix = buildImage {
      name = "nix";
      initializeNixDatabase = true;
      copyToRoot = [ (bin [ pkgs.coreutils pkgs.nix pkgs.bash ]) ];
      config.Env = [ "NIX_PAGER=cat" "USER=nobody" ];
      layers = [ (buildLayer { deps = [ pkgs.hello ]; }) ];
    };
    nixUser = buildImage {
      name = "nix-user";
      initializeNixDatabase = true;
      nixUid = 1000;
      nixGid = 1000;
      copyToRoot = [ (bin [ pkgs.coreutils ]) empty ];
      perms = [ { path = empty; regex = "/tmp"; mode = "0744"; uid = 1000; gid = 1000; uname = "user"; gname = "user"; } ];
      config.User = "user";
    };
    fromImage = buildImage {
      name = "from-image";
      fromImage = pullImage { imageName = "alpine"; imageDigest = digest; arch = "amd64"; sha256 = "sha256-o4GvFCq6pvzASvlI5BLnk+Y4UN6qKL2dowuT0cp8q7Q="; };
      config.entrypoint = [ "${pkgs.coreutils}/bin/ls" "-l" "/etc/alpine-release" ];
    };
    getManifest = (pullImageFromManifest { imageName = "containers/podman"; imageTag = "v4.5"; registryUrl = "quay.io"; }).getManifest;
  };

  ofContainerImages = {
    hello = makeImage ({ pkgs, ... }: { config.image = { name = "hello"; entryPoint = hello; }; });
    empty = makeImage { config.image.name = "empty"; };
    s6 = makeImage ({ pkgs, ... }: {
      config = { image.name = "s6"; s6.services.nginx.execStart = ''${pkgs.nginx}/bin/nginx -g "daemon off;"''; };
    });
    nixos = makeImage ({ pkgs, ... }: {
      config = { image.name = "nixos"; environment.systemPackages = [ pkgs.coreutils ]; users.users.alice.isNormalUser = true; };
    });
    # Theirs is nginx; ours is of `nixos`, beside this file.
    module = makeImage ({ pkgs, ... }: { config = { image.name = "pages"; image.tag = "1"; services.pages.enable = true; }; });
    env = makeImage { config = { image = { name = "env"; env.KEY = "value"; }; environment.systemPackages = [ pkgs.gnugrep pkgs.coreutils ]; }; };
    ports = makeImage { config.image = { name = "exposed-ports"; exposedPorts."5000/tcp" = { }; }; };
    from = makeImage { config.image = { name = "from"; from = functions.dockerTools.buildImage { name = "base"; copyToRoot = pkgs.busybox; }; }; };
    nix = makeImage ({ pkgs, ... }: {
      config = {
        image = { name = "nix"; interactive = true; run = "echo channel > root/.nix-channels"; };
        environment.systemPackages = [ pkgs.nix ];
        nix = { enable = true; useSandbox = false; };
      };
    });
    example = makeImage ({ pkgs, ... }: {
      image = { name = "hello"; tag = "latest"; };
      environment.systemPackages = [ pkgs.hello ];
      users.users.alice = { isNormalUser = true; home = "/home/alice"; description = "Alice Foobar"; extraGroups = [ "wheel" ]; };
    });
    # Units in each of the ways that can be written, with an order. The last waits for what the others
    # have said, and ends the container.
    systemd = makeImage ({ pkgs, ... }: {
      image = { name = "systemd"; tag = "1"; };
      systemd.services = {
        script = { environment.OUTPUT = "a \"b\""; script = "echo script says $OUTPUT; : > /tmp/script; sleep 1000"; };
        oneshot = { script = "echo oneshot"; serviceConfig.Type = "oneshot"; };
        execStart.serviceConfig.ExecStart = ''${pkgs.bash}/bin/bash -c "echo execStart; : > /tmp/start"'';
        preStart = { preStart = "echo before"; script = "echo after; : > /tmp/pre; sleep 1000"; };
        first = { serviceConfig.Type = "oneshot"; script = "echo order 1"; };
        second = { requires = [ "first.service" ]; after = [ "first.service" ]; script = "echo order 2; : > /tmp/second"; };
        last = {
          path = [ pkgs.hello ];
          script = "for each in script start pre second; do until [ -e /tmp/$each ]; do sleep 0.1; done; done; hello; exit 7";
        };
      };
      s6.services.pre = { type = "oneshot-pre"; script = "echo first of all"; };
    });
  };
}
