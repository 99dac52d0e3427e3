# What the project uses of today's lib and the one of 2022 lacks. Whatever else is missing fails loudly.
lib:
lib.extend (
  final: _prev: {
    getExe' = package: name: "${final.getBin package}/bin/${name}";
    fileset = {
      difference = _all: dropped: map toString dropped;
      maybeMissing = final.id;
      unions = final.id;
      toSource =
        { root, fileset }:
        builtins.path {
          path = root;
          name = "source";
          filter = path: _: !(builtins.elem path fileset);
        };
    };
  }
)
