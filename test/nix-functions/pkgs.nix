# A nixpkgs in small: what our functions take of it, over the programs of this machine. Everything
# builds for real, with Nix's own `exportReferencesGraph`, references and hashes.
{ lib ? import ./lib.nix
, node ? "node"   # the program, or its name in PATH
, path ? "/usr/local/bin:/usr/bin:/bin"
, shell ? "/bin/bash"
, system ? builtins.currentSystem
, hostSystem ? system
, files ? { }      # what is fetched, by its hash
, build ? null     # the packages that this set is cross-built with
, overlays ? [ ]
}:
let
  setup = builtins.toFile "setup.sh" ''
    if [ -e .attrs.sh ]; then
      source .attrs.sh
      for name in "''${!outputs[@]}"; do export "$name=''${outputs[$name]}"; done
    fi
    export PATH=${path} SOURCE_DATE_EPOCH=315532800 HOME=/homeless-shelter
    for input in ''${nativeBuildInputs[@]-} ''${buildInputs[@]-}; do PATH=$input/bin:$PATH; done
    runHook() { eval "''${!1-}"; }
    genericBuild() { eval "$buildCommand"; }
  '';

  platformOf = system: rec {
    inherit system;
    isLinux = lib.hasSuffix "-linux" system;
    isDarwin = lib.hasSuffix "-darwin" system;
    go.GOARCH = { x86_64 = "amd64"; aarch64 = "arm64"; armv7l = "arm"; }.${lib.removeSuffix "-linux" (lib.removeSuffix "-darwin" system)};
  };

  make = self: let
    mkDerivation = attributes: let
      finish = final: let
        args = if builtins.isFunction attributes then attributes final else attributes;
        name = args.name or "${args.pname}-${args.version}";
        known = builtins.removeAttrs args [ "passthru" "meta" ];
        drv = derivation ({
          inherit name system;
          stdenv = self.stdenvDrv;
          builder = shell;
          args = [ "-e" "-c" "source ${setup}; genericBuild" ];
        } // known);
      in drv // args.passthru or { } // {
        meta = { inherit name; } // args.meta or { };
        inherit (self) stdenv;
        passthru = args.passthru or { };
        overrideAttrs = change: mkDerivation (final: let
          old = if builtins.isFunction attributes then attributes final else attributes;
          made = change final;
        in old // (if builtins.isFunction made then made old else change old));
        finalPackage = drv;
      };
      result = finish result;
    in result;

    runCommand = name: env: buildCommand: mkDerivation ({ inherit name buildCommand; } // env);

    program = name: attributes: buildCommand: runCommand name
      ({ pname = builtins.head (lib.splitString "-" name); meta.mainProgram = builtins.head (lib.splitString "-" name); } // attributes)
      ("mkdir -p $out/bin; " + buildCommand);

    tool = name: names: program name { } ''
      for each in ${toString names}; do ln -s "$(command -v "$each")" $out/bin/; done
    '';
    # Programs of busybox, under a package's name.
    applets = name: names: program name { } ''
      cp $(command -v busybox) $out/bin/busybox
      for each in ${toString names}; do ln -s busybox $out/bin/$each; done
    '';
  in {
    inherit lib system mkDerivation runCommand;
    path = ./.; # where `nixos` and `pkgs` are
    buildPackages = if build == null then self else build;
    stdenvDrv = derivation {
      name = "stdenv";
      inherit system;
      builder = shell;
      args = [ "-c" "PATH=${path}; mkdir $out; cp ${setup} $out/setup" ];
    };
    stdenv = self.stdenvDrv // {
      inherit mkDerivation shell;
      hostPlatform = platformOf hostSystem;
      buildPlatform = platformOf system;
    };
    stdenvNoCC = self.stdenv;
    runtimeShell = "${self.bash}/bin/bash";

    writeText = name: text: runCommand name { inherit text; passAsFile = [ "text" ]; preferLocalBuild = true; }
      ''cp "$textPath" $out'';
    writeTextDir = file: text: runCommand (baseNameOf file) { inherit text; passAsFile = [ "text" ]; }
      ''mkdir -p "$(dirname $out/${file})"; cp "$textPath" $out/${file}'';
    writeScript = name: text: runCommand name { inherit text; passAsFile = [ "text" ]; }
      ''cp "$textPath" $out; chmod +x $out'';
    writeScriptBin = name: text: runCommand name { inherit text; passAsFile = [ "text" ]; meta.mainProgram = name; }
      ''mkdir -p $out/bin; cp "$textPath" $out/bin/${name}; chmod +x $out/bin/${name}'';
    writeShellScriptBin = name: text: self.writeScriptBin name "#!${self.runtimeShell}\n${text}";
    linkFarm = name: entries: runCommand name { } ''
      mkdir -p $out
      ${lib.concatMapStringsSep "\n" (entry: ''mkdir -p "$(dirname $out/${entry.name})"; ln -s ${entry.path} $out/${entry.name}'') entries}
    '';
    symlinkJoin = { name, paths, postBuild ? "" }: runCommand name { inherit paths; } ''
      mkdir -p $out
      for path in $paths; do cp -rs --no-preserve=mode $path/. $out/ 2>/dev/null || true; done
      ${postBuild}
    '';
    buildEnv = { name, paths, pathsToLink ? [ "/" ] }: runCommand name { inherit paths; } ''
      mkdir -p $out
      for path in $paths; do
        for link in ${toString pathsToLink}; do
          [ -d "$path$link" ] || continue
          mkdir -p "$out$link"
          cp -rs --no-preserve=mode "$path$link/." "$out$link/" 2>/dev/null || true
        done
      done
    '';
    closureInfo = { rootPaths }: runCommand "closure-info" {
      __structuredAttrs = true;
      exportReferencesGraph.closure = rootPaths;
    } ''mkdir $out; jq -r '.closure[] | (.path, .narHash, .narSize, "", (.references | length), .references[])' .attrs.json > $out/registration'';
    fetchurl = { url, hash }: if files ? ${hash}
      then builtins.path { name = baseNameOf url; path = files.${hash}; }
      else runCommand (baseNameOf url) { outputHash = hash; outputHashMode = "flat"; } "echo no network for ${url}; exit 1";
    mkShell = attributes: mkDerivation ({ name = "nix-shell"; buildCommand = "echo > $out"; } // attributes);

    bash = program "bash-5.2" { meta.mainProgram = "bash"; } ''
      cp $(command -v bash-static) $out/bin/bash; ln -s bash $out/bin/sh
    '';
    bashInteractive = program "bash-interactive-5.2" { meta.mainProgram = "bash"; } ''
      cp $(command -v bash-static) $out/bin/bash; ln -s bash $out/bin/sh
    '';
    coreutils = applets "coreutils-9.1" [
      "basename" "cat" "chmod" "chown" "cp" "cut" "date" "dirname" "echo" "env" "false" "head" "id" "kill" "ln" "ls" "mkdir"
      "mkfifo" "mktemp" "mv" "nice" "readlink" "rm" "seq" "sleep" "sort" "stat" "tail" "touch" "tr" "true" "wc" "whoami"
    ];
    gnugrep = applets "gnugrep-3" [ "grep" "egrep" ];
    gnused = applets "gnused-4" [ "sed" ];
    findutils = applets "findutils-4" [ "find" "xargs" ];
    gawk = applets "gawk-5" [ "awk" ];
    diffutils = applets "diffutils-3" [ "diff" "cmp" ];
    hello = program "hello-2.12" { } ''
      printf '%s\n' '#!${self.bash}/bin/bash' 'echo "Hello, world!"' > $out/bin/hello; chmod +x $out/bin/hello
    '';
    busybox = program "busybox-1.36" { } ''
      cp $(command -v busybox) $out/bin/busybox; ln -s busybox $out/bin/sh
    '';
    pkgsStatic = { inherit (self) busybox; };
    cacert = program "nss-cacert-3.1" { } ''
      mkdir -p $out/etc/ssl/certs; echo trusted > $out/etc/ssl/certs/ca-bundle.crt
    '';
    shadow = tool "shadow-4.13" [ "useradd" "groupadd" ];
    nodejs = program "nodejs-22" { } ''
      ln -s "$(command -v ${node})" $out/bin/node
    '';
    gzip = tool "gzip-1" [ "gzip" ];
    gnutar = tool "gnutar-1" [ "tar" ];
    pigz = tool "pigz-2" [ "pigz" ];
    zstd = tool "zstd-1" [ "zstd" ];
    jq = tool "jq-1" [ "jq" ];
    # Debian's fakeroot is a link in /etc, which a sandbox has not.
    fakeroot = program "fakeroot-1" { } ''ln -s "$(command -v fakeroot-sysv || command -v fakeroot)" $out/bin/fakeroot'';
    util-linux = tool "util-linux-2" [ "unshare" "setpriv" "prlimit" "mount" ];
    proot = tool "proot-5" [ "proot" ];
    # This machine's own, with the libraries that they load. Debian's look for each other in /usr/bin
    # alone; here they look in PATH.
    s6 = program "s6-2" { } ''
      mkdir $out/lib
      for each in svscan supervise svscanctl svc svok svstat svwait ftrigrd log applyuidgid softlimit; do
        cp -L "$(command -v "s6-$each")" $out/bin/
      done
      loader=$(ldd $out/bin/s6-svscan | grep -o '/[^ ]*ld-linux[^ ]*')
      ldd $out/bin/* | grep -o '/[^ ]*' | grep -v :$ | sort -u | while read -r file; do cp -Ln "$file" $out/lib/; done
      sed -i 's|/usr/bin/s6-ftrigrd\x00|s6-ftrigrd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00|' $out/lib/libs6.so*
      for each in $out/bin/*; do
        sed -i 's|/usr/bin/s6-supervise\x00|s6-supervise\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00|' "$each"
        patchelf --set-interpreter "$out/lib/$(basename "$loader")" --set-rpath $out/lib "$each"
      done
    '';
    nix = tool "nix-2.8" [ "nix-store" ];
    # Of the examples: programs that are not run in tests.
    nginx = program "nginx-1" { } ''cp ${self.hello}/bin/hello $out/bin/nginx'';
    redis = program "redis-7" { } ''cp ${self.hello}/bin/hello $out/bin/redis-server'';
    emacs = program "emacs-29" { } ''cp ${self.hello}/bin/hello $out/bin/emacs'';
    vim = program "vim-9" { } ''cp ${self.hello}/bin/hello $out/bin/vim'';
    nano = program "nano-7" { } ''cp ${self.hello}/bin/hello $out/bin/nano'';
    testers.invalidateFetcherByDrvHash = f: f;
  };
  fix = f: let self = f self; in self;
  extend = base: overlay: self: let before = base self; in before // overlay self before;
in fix (builtins.foldl' extend (self: make self) overlays)
