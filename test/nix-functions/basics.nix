# The functions of nixpkgs' lib that ours call, by the same names, so that they can be tried where
# there is no nixpkgs. Not more: what is missing here is not used in `nix/`.
let
  inherit (builtins) attrNames concatLists concatMap concatStringsSep elem filter foldl' head isAttrs
    isFunction isList isPath isString length listToAttrs map match replaceStrings split stringLength
    substring toString;
in
rec {
  optional = yes: value: if yes then [ value ] else [ ];
  optionals = yes: list: if yes then list else [ ];
  optionalString = yes: text: if yes then text else "";
  optionalAttrs = yes: set: if yes then set else { };
  nameValuePair = name: value: { inherit name value; };
  mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
  mapAttrs' = f: set: listToAttrs (mapAttrsToList f set);
  filterAttrs = f: set: listToAttrs (concatMap
    (name: optional (f name set.${name}) (nameValuePair name set.${name})) (attrNames set));
  toList = value: if isList value then value else [ value ];
  unique = foldl' (seen: value: if elem value seen then seen else seen ++ [ value ]) [ ];
  flatten = value: if isList value then concatMap flatten value else [ value ];
  partition = f: list: { right = filter f list; wrong = filter (value: !(f value)) list; };
  genAttrs = names: f: listToAttrs (map (name: nameValuePair name (f name)) names);
  getAttrs = names: set: listToAttrs (map (name: nameValuePair name set.${name}) names);
  setAttrByPath = path: value: if path == [ ] then value else { ${head path} = setAttrByPath (builtins.tail path) value; };
  recursiveUpdate = a: b: if isAttrs a && isAttrs b
    then a // builtins.mapAttrs (name: value: if a ? ${name} then recursiveUpdate a.${name} value else value) b
    else b;
  init = list: builtins.genList (builtins.elemAt list) (length list - 1);
  last = list: builtins.elemAt list (length list - 1);
  findFirst = f: other: list: let found = filter f list; in if found == [ ] then other else head found;

  concatMapStringsSep = sep: f: list: concatStringsSep sep (map f list);
  hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
  hasSuffix = suffix: text: let n = stringLength text - stringLength suffix; in
    n >= 0 && substring n (-1) text == suffix;
  removePrefix = prefix: text:
    if hasPrefix prefix text then substring (stringLength prefix) (-1) text else text;
  removeSuffix = suffix: text:
    if hasSuffix suffix text then substring 0 (stringLength text - stringLength suffix) text else text;
  splitString = sep: text: filter isString (split (escapeRegex sep) text);
  escapeRegex = let special = [ "\\" "^" "$" "." "|" "?" "*" "+" "(" ")" "[" "]" "{" "}" ]; in
    replaceStrings special (map (character: "\\${character}") special);
  toLower = let
    letters = text: filter (x: x != "") (splitString " " text);
  in replaceStrings (letters "A B C D E F G H I J K L M N O P Q R S T U V W X Y Z")
    (letters "a b c d e f g h i j k l m n o p q r s t u v w x y z");
  escapeShellArg = value: let text = toString value; in
    if match "[[:alnum:],._+:@%/-]+" text != null then text
    else "'${replaceStrings [ "'" ] [ "'\\''" ] text}'";
  escapeShellArgs = concatMapStringsSep " " escapeShellArg;
  boolToString = yes: if yes then "true" else "false";
  makeBinPath = concatMapStringsSep ":" (package: "${getBin package}/bin");
  importJSON = file: builtins.fromJSON (builtins.readFile file);

  isDerivation = value: isAttrs value && value.type or null == "derivation";
  getBin = package: package.bin or package.out or package;
  getExe = package: "${getBin package}/bin/${package.meta.mainProgram}";
  getName = package: package.pname or (head (match "(.*)-[0-9].*" package.name));
  trivial.release = "26.05";
  strings.sanitizeDerivationName = text:
    let parts = filter (part: isString part && part != "") (split "[^[:alnum:]+._?=-]+" text);
    in removePrefix "." (concatStringsSep "-" parts);

  warn = message: builtins.trace "evaluation warning: ${message}";
  warnIf = yes: message: if yes then warn message else value: value;

  functionArgs = f: if f ? __functor then f.__functionArgs or (functionArgs (f.__functor f))
    else builtins.functionArgs f;
  setFunctionArgs = f: args: { __functor = _: f; __functionArgs = args; };
  makeOverridable = f: let
    make = args: let result = f args; in
      if !isAttrs result then result
      else result // {
        override = new: make (args // (if isFunction new then new args else new));
      } // optionalAttrs (result ? overrideAttrs) {
        overrideAttrs = change: (makeOverridable (args: (f args).overrideAttrs change)) args;
      };
  in setFunctionArgs make (functionArgs f);

  fetchers.proxyImpureEnvVars = [
    "http_proxy" "https_proxy" "ftp_proxy" "all_proxy" "no_proxy"
    "HTTP_PROXY" "HTTPS_PROXY" "FTP_PROXY" "ALL_PROXY" "NO_PROXY" "NIX_SSL_CERT_FILE"
  ];
  platforms.all = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
  licenses.mit = { spdxId = "MIT"; };
}
