# What an argument may be: `what` says it in an error, `is` tells. The rest says it of a name, a tag
# and what is copied, where more can be said than that it is wrong.
{ lib }:
let
  inherit (builtins) all isAttrs isBool isFunction isInt isList isPath isString match typeOf;

  nullable = kind: kind // { what = "${kind.what} or null"; is = value: value == null || kind.is value; };
  listOf = kind: { what = "a list, each of it ${kind.what}"; is = value: isList value && all kind.is value; };

  # A derivation is a set; as a text it would become a store path without a word.
  path = {
    what = "a store path, a derivation or a path";
    is = value: isPath value || (isString value && lib.hasPrefix "/" value) || (isAttrs value && value ? outPath);
  };
in
{
  inherit nullable listOf path;
  anything = { what = "a value"; is = _: true; };
  text = { what = "a text"; is = isString; };
  flag = { what = "true or false"; is = isBool; };
  number = { what = "a whole number, 0 or more"; is = value: isInt value && value >= 0; };
  set = { what = "a set of attributes"; is = value: isAttrs value && !(lib.isDerivation value); };
  derivation = { what = "a derivation"; is = lib.isDerivation; };
  list = { what = "a list"; is = isList; };
  paths = {
    what = "a store path, a derivation, or a list of these";
    is = value: path.is value || (isList value && all path.is value);
  };
  pipeline = {
    what = "a list of steps, each a list that begins with the name of an operation";
    is = value: isList value && all (step: isList step && step != [ ] && isString (builtins.head step)) value;
  };
  inherited = {
    what = "none, env or all";
    is = value: builtins.elem value [ "none" "env" "all" ];
  };
  imageName = {
    what = "the name of an image, such as app or registry.example/team/app, without a tag";
    is = value: isString value && match "[A-Za-z0-9._:/-]+" value != null
      && match ".*:[^/]*" (baseNameOf value) == null;
  };
  tag = {
    what = "a text of letters, digits and . _ - (128 at most, neither . nor - first), or null";
    is = value: value == null || (isString value && match "[A-Za-z0-9_][A-Za-z0-9._-]{0,127}" value != null);
  };
  # A derivation would be taken by its store path, which is on this machine.
  place = {
    what = "the absolute path of a folder in the image, as a text";
    is = value: isString value && match "/.*" value != null;
  };

  # Says what was given, and no more of it than its type: it may be large, or secret.
  describe = value:
    if lib.isDerivation value then "the derivation ${value.name or "without a name"}"
    else if value == null then "null"
    else if isString value && builtins.stringLength value < 80 then "\"${value}\""
    else if isInt value || isBool value then builtins.toJSON value
    else if isFunction value then "a function"
    else "a value of type ${typeOf value}";
}
