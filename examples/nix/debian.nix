# The packages of spec.nix where there is no nixpkgs: of programs that Debian has installed here (nix-bin,
# bash, coreutils, patchelf), each with its libraries. The builder sees this machine: no sandbox.
let
  package = name: programs: links:
    derivation {
      inherit name programs links;
      system = builtins.currentSystem;
      builder = "/bin/bash";
      PATH = "/usr/local/bin:/usr/bin:/bin";
      args = [ "-euc" ''
        mkdir -p $out/bin $out/lib
        for program in $programs; do
          file=$(readlink -f $(command -v $program))
          cp $file $out/bin/$program
          for library in $(ldd $file | grep -o '/[^ ]*'); do
            cp -L -n $library $out/lib/
          done
        done
        # Looked up by the C library when it is first needed.
        cp -L /lib/*-linux-gnu*/libnss_dns.so.2 $out/lib/
        chmod u+w $out/bin/* $out/lib/*
        loader=$(echo $out/lib/ld-linux*)
        for file in $out/bin/*; do
          patchelf --set-interpreter $loader --set-rpath $out/lib $file
        done
        for file in $out/lib/*; do
          # The loader and the C library are as they are.
          case $file in
            */ld-linux*|*/libc.so*) ;;
            *) patchelf --set-rpath $out/lib $file ;;
          esac
        done
        for link in $links; do
          mkdir -p $(dirname $out/$link)
          ln -s $out/bin/''${programs%% *} $out/$link
        done
      '' ];
    };
in
rec {
  nix = package "nix-debian" "nix"
    "bin/nix-store bin/nix-env bin/nix-build bin/nix-instantiate bin/nix-channel bin/nix-shell bin/nix-collect-garbage bin/nix-daemon libexec/nix/build-remote";
  bash = package "bash-debian" "bash" "bin/sh";
  coreutils = package "coreutils-debian"
    "ls cat id env mkdir touch stat uname cp mv rm ln chmod readlink dirname mktemp sleep tail" "";
  tools = package "tools-debian" "sed grep find gzip tar" "";
  # Debian's Nix looks for it in /usr.
  settings.build-hook = "${nix}/libexec/nix/build-remote";
}
