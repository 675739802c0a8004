# Derivations whose builds show what they got: variables, arguments and files.
{ bash ? "/bin/bash", bin ? "/usr/bin" }:
let
  base = {
    system = builtins.currentSystem;
    builder = bash;
    report = ''
      ${bin}/env -0 > $to
      printf '%s\0' "$0" "$@" "$PWD" "$(umask)" "$(${bin}/readlink /proc/self/fd/0)" >> $to
      for file in .[a-z]* *; do
        if [ -f "$file" ]; then printf '%s\0' "$file"; ${bin}/cat "$file"; fi
      done >> $to
    '';
  };
  script = ''to=$out; eval "$report"'';
  make = attributes: derivation (base // { args = [ "-c" script "name" ]; } // attributes);
  tool = make {
    name = "tool-1.0";
    outputs = [ "out" "dev" ];
    args = [ "-c" ''${bin}/mkdir -p $out/bin $dev; printf '%s\n' '#!${bash}' 'echo from the tool' > $out/bin/tool; ${bin}/chmod +x $out/bin/tool; echo unused > $dev/unused'' ];
  };
  setup = make {
    name = "stdenv-1.0";
    args = [ "-c" ''${bin}/mkdir $out; printf '%s' "$setup" > $out/setup'' ];
    setup = ''
      set -eu
      if [ -n "''${NIX_ATTRS_SH_FILE-}" ]; then source "$NIX_ATTRS_SH_FILE"; fi
      : ''${outputs:=}
      export SSL_CERT_FILE="''${SSL_CERT_FILE-/no-cert-file.crt}"
      export NIX_ENFORCE_PURITY=1
      export PATH="${bin}"
      for input in ''${buildInputs-}; do PATH="$input/bin:$PATH"; done
      shopt -s nullglob
      runHook() { eval "''${!1-}"; }
      phase() { "$1Phase"; }
      buildPhase() { tool > $out; eval "''${extra-}"; }
      genericBuild() { phase build; }
      set +u
    '';
  };
in {
  inherit tool setup;
  plain = make {
    name = "plain";
    odd = "tab\t quote\" single' dollar$ back\\slash é \n and on";
    empty = "";
    "a name.of-its own" = "1";
    NIX_BUILD_TOP = "/elsewhere";
    HOME = "/attributes/count";
    TERM = "dumb";
  };
  outputs = make {
    name = "outputs";
    outputs = [ "lib" "out" "doc" ];
    where = "${placeholder "lib"}/x:${placeholder "doc"}";
    passAsFile = [ "large" ];
    large = "in ${placeholder "out"} and a text";
    args = [ "-c" ''echo lib > $lib; echo "$1" > $doc; ${script}'' "zero" (placeholder "doc") ];
  };
  files = make {
    name = "files";
    passAsFile = [ "first" "second" "absent" ];
    first = "one\n";
    second = "";
    args = [ "-c" ''to=$out; eval "$report"; ${bin}/cat "$firstPath" "$secondPath" >> $out'' ];
  };
  graph = make {
    name = "graph";
    exportReferencesGraph = [ "graph.txt" tool "other" (builtins.toFile "other" "text") ];
    args = [ "-c" ''${bin}/cat graph.txt other > $out'' ];
  };
  # Without the report: nix-shell 2.8 takes structured attributes as a format, where % is an error.
  structured = derivation (builtins.removeAttrs base [ "report" ] // {
    name = "structured";
    __structuredAttrs = true;
    outputs = [ "out" "dev" ];
    text = "it's $x \"\\\n é";
    yes = true;
    no = false;
    nothing = null;
    whole = 3000000000;
    negative = 0 - 3;
    part = 1.5;
    large = 9007199254740993;
    float = 3.0;
    list = [ "a b" 1 true false null ];
    mixed = [ [ 1 ] "x" ];
    table = { a = "b"; "c d" = 1; e = null; };
    deep = { a.b = 1; };
    "not a name" = 1;
    where = "${placeholder "dev"}/x";
    args = [ "-c" ''
      source .attrs.sh
      echo dev > ''${outputs[dev]}
      { echo "''${out-unset}"; ${bin}/cat .attrs.sh .attrs.json; declare -p outputs text list table where; ${bin}/env -0; } > ''${outputs[out]}
    '' ];
  });
  structuredGraph = make {
    name = "structured-graph";
    __structuredAttrs = true;
    exportReferencesGraph.closure = [ tool ];
    args = [ "-c" ''source .attrs.sh; ${bin}/cat .attrs.json > ''${outputs[out]}'' ];
  };
  fixed = make {
    name = "fixed";
    outputHashMode = "flat";
    outputHashAlgo = "sha256";
    outputHash = "0758ffe9350a70a1adf269901b9aa458444de136e5b6d98091f8cc33580a0088"; # of "1:"
    impureEnvVars = [ "proxy" "none" ];
    args = [ "-c" ''printf '%s' "$NIX_OUTPUT_CHECKED:''${none-unset}" > $out'' ];
  };
  phases = make {
    name = "phases";
    stdenv = setup;
    buildInputs = [ tool ];
    shellHook = ''echo "hook of $name"; false; hooked=1'';
    extra = "";
    args = [ "-e" "-c" ''source $stdenv/setup; genericBuild'' ];
  };
  asking = make {
    name = "asking";
    stdenv = setup;
    buildInputs = [ tool ];
    shellHook = ''read -r answer; export answered=yes'';
  };
  fresh = make {
    name = "fresh";
    buildInputs = [ (make {
      name = "fresh-input";
      args = [ "-c" ''${bin}/mkdir -p $out/bin; printf '%s\n' '#!${bash}' 'echo made just now' > $out/bin/fresh; ${bin}/chmod +x $out/bin/fresh'' ];
    }) ];
  };
  floating = make {
    name = "floating";
    __contentAddressed = true;
    outputHashMode = "recursive";
    outputHashAlgo = "sha256";
    args = [ "-c" ''echo content > $out'' ];
  };
}
