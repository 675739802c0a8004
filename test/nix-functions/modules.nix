# The part of nixpkgs' module system that our modules, and modules like NixOS's, are written for: the
# same names and the same results, without the error messages and the corners. With NIXPKGS_LIB the
# tests compare it with the real one.
lib:
let
  inherit (builtins) all attrNames concatLists concatMap concatStringsSep elem filter foldl' head
    intersectAttrs isAttrs isBool isFunction isInt isList isPath isString length listToAttrs mapAttrs;
  is = type: value: isAttrs value && value._type or null == type;
  show = concatStringsSep ".";

  # A definition, as those that count of it: conditions decided, with their priorities.
  discharge = def: let inherit (def) value; of = content: discharge (def // { value = content; }); in
    if is "if" value then (if value.condition then of value.content else [ ])
    else if is "merge" value then concatMap of value.contents
    else if is "override" value then map (each: each // { inherit (value) priority; }) (of value.content)
    else [ ({ priority = 100; } // def) ];
  resolve = defs: let
    found = concatMap discharge defs;
    best = foldl' (least: def: if def.priority < least then def.priority else least) 10000 found;
  in filter (def: def.priority == best) found;

  # A set of definitions, with conditions of the whole put to each of them, so that names are known.
  pushDown = value:
    if is "if" value then map (mapAttrs (_: mkIf value.condition)) (pushDown value.content)
    else if is "merge" value then concatMap pushDown value.contents
    else if is "override" value then map (mapAttrs (_: mkOverride value.priority)) (pushDown value.content)
    else [ value ];

  mergeOption = loc: option: defs: let found = resolve defs; apply = option.apply or (value: value); in
    if found != [ ] then apply (option.type.merge loc found)
    else if option ? default then apply option.default
    else throw "The option `${show loc}' was accessed but has no value defined.";

  below = name: concatMap (def: if def.value ? ${name}
    then map (value: def // { inherit value; }) (pushDown def.value.${name}) else [ ]);
  # The values of a tree of options, and the definitions that none of them is for.
  evalTree = loc: options: defs: let
    isOption = name: is "option" options.${name};
    trees = mapAttrs (name: tree: evalTree (loc ++ [ name ]) tree (below name defs))
      (lib.filterAttrs (name: _: !(isOption name)) options);
    valuesOf = name: map (def: def // { value = def.value.${name}; }) (filter (def: def.value ? ${name}) defs);
  in {
    config = mapAttrs (name: option: if isOption name then mergeOption (loc ++ [ name ]) option (valuesOf name)
      else trees.${name}.config) options;
    undeclared = concatMap (def: map (name: { inherit (def) file; path = [ name ]; value = def.value.${name}; })
        (filter (name: !(options ? ${name})) (attrNames def.value))) defs
      ++ concatLists (lib.mapAttrsToList (name: tree: map (def: def // { path = [ name ] ++ def.path; }) tree.undeclared) trees);
  };

  mergeOptions = foldl' (found: options: found // mapAttrs (name: option:
    if found ? ${name} && !(is "option" option) then mergeOptions [ found.${name} option ] else option) options) { };

  evalModules = { modules, specialArgs ? { }, prefix ? [ ] }: let
    given = { inherit lib config options; } // specialArgs;
    call = f: f (given // mapAttrs (name: _: given.${name} or config._module.args.${name}) (builtins.functionArgs f));
    load = file: module:
      if isPath module || isString module then load (toString module) (import module)
      else if isFunction module then load file (call module)
      else let
        isLong = module ? config || module ? options;
        this = {
          file = toString (module._file or file);
          options = module.options or { };
          config = module.config or (if isLong then { } else removeAttrs module [ "imports" "_file" "freeformType" ]);
          freeformType = module.freeformType or null;
        };
      in [ this ] ++ concatMap (load this.file) (module.imports or [ ]);
    loaded = concatMap (load "<unknown-file>") modules;
    options = mergeOptions ([ { _module.args = mkOption { type = types.lazyAttrsOf types.unspecified; default = { }; internal = true; }; } ]
      ++ map (module: module.options) loaded);
    defs = concatMap (module: map (value: { inherit (module) file; inherit value; }) (pushDown module.config)) loaded;
    tree = evalTree prefix options defs;
    freeform = lib.findFirst (type: type != null) null (map (module: module.freeformType) loaded);
    config =
      if tree.undeclared == [ ] then tree.config
      else if freeform == null then throw "The option `${show (prefix ++ (head tree.undeclared).path)}' does not exist."
      else lib.recursiveUpdate (freeform.merge prefix
        (map (def: { inherit (def) file; priority = 100; value = lib.setAttrByPath def.path def.value; }) tree.undeclared)) tree.config;
  in { config = removeAttrs config [ "_module" ]; inherit options; };

  mkOption = option: option // { _type = "option"; };
  mkIf = condition: content: { _type = "if"; inherit condition content; };
  mkOverride = priority: content: { _type = "override"; inherit priority content; };
  valuesOf = map (def: def.value);

  # One value, or several that are equal.
  one = loc: defs: let values = valuesOf defs; in
    if all (value: value == head values) values then head values
    else throw "The option `${show loc}' has conflicting definition values.";
  simple = name: check: mkOptionType { inherit name check; merge = one; };
  mkOptionType = type: {
    check = _: true;
  } // type // {
    merge = loc: defs: if all (def: (type.check or (_: true)) def.value) defs then (type.merge or one) loc defs
      else throw "A definition for option `${show loc}' is not of type `${type.name}'.";
  };
  mergeSets = type: loc: defs: mapAttrs (name: found: mergeOption (loc ++ [ name ]) { inherit type; } found)
    (builtins.zipAttrsWith (_: found: found) (concatMap
      (def: map (mapAttrs (_: value: { inherit (def) file; inherit value; })) (pushDown def.value)) defs));

  types = rec {
    str = simple "string" isString;
    strMatching = pattern: simple "string matching the pattern ${pattern}" (value: isString value && builtins.match pattern value != null);
    bool = simple "boolean" isBool;
    int = simple "signed integer" isInt;
    ints.positive = simple "positive integer" (value: isInt value && value > 0);
    path = simple "path" (value: isPath value || (isString (value.outPath or value) && lib.hasPrefix "/" (toString value)));
    package = simple "package" (value: value ? outPath || lib.hasPrefix "/" (toString value));
    enum = values: simple "one of these" (value: elem value values);
    lines = mkOptionType { name = "lines"; check = isString; merge = _: defs: concatStringsSep "\n" (valuesOf defs); };
    unspecified = mkOptionType { name = "unspecified"; merge = one; };
    anything = mkOptionType {
      name = "anything";
      merge = loc: defs: if all (def: isAttrs def.value && !(lib.isDerivation def.value)) defs
        then (attrsOf anything).merge loc defs else one loc defs;
    };
    nullOr = type: mkOptionType {
      name = "null or ${type.name}";
      check = value: value == null || type.check value;
      merge = loc: defs: if (head defs).value == null then one loc defs else type.merge loc defs;
    };
    either = a: b: simple "${a.name} or ${b.name}" (value: a.check value || b.check value);
    listOf = type: mkOptionType {
      name = "list of ${type.name}";
      check = isList;
      merge = loc: defs: map (value: type.merge loc [ { inherit value; } ]) (concatLists (valuesOf defs));
    };
    lazyAttrsOf = type: mkOptionType { name = "lazy attribute set of ${type.name}"; check = isAttrs; merge = mergeSets type; };
    # Conditions take names away here.
    attrsOf = type: mkOptionType {
      name = "attribute set of ${type.name}";
      check = isAttrs;
      merge = loc: defs: let
        merged = builtins.zipAttrsWith (_: resolve) (concatMap
          (def: map (mapAttrs (_: value: { inherit (def) file; inherit value; })) (pushDown def.value)) defs);
      in mapAttrs (name: type.merge (loc ++ [ name ])) (lib.filterAttrs (_: found: found != [ ]) merged);
    };
    submodule = module: mkOptionType {
      name = "submodule";
      check = value: isAttrs value || isFunction value;
      merge = loc: defs: (evalModules {
        prefix = loc;
        modules = [ module ] ++ map (def: if isFunction def.value then def.value else { config = def.value; }) defs;
      }).config;
    };
  };

  listOptions = path: tree: concatLists (lib.mapAttrsToList (name: option:
    if is "option" option then [ { name = show (path ++ [ name ]); visible = option.visible or true; internal = option.internal or false; } ]
    else listOptions (path ++ [ name ]) option) tree);
in
{
  inherit evalModules mkOption mkIf mkOverride mkOptionType types;
  mkMerge = contents: { _type = "merge"; inherit contents; };
  mkDefault = mkOverride 1000;
  mkForce = mkOverride 50;
  mkEnableOption = what: mkOption { type = types.bool; default = false; description = "Whether to enable ${what}."; };
  optionAttrSetToDocList = listOptions [ ];
}
