// The optional package `ws`, where bundlers see it: a program that is bundled into one file must contain it.
// Rollup without its plugin for CommonJS takes this file for a module, which has no `exports`.
if (typeof exports === "object") {
  exports.loadWs = function () {
    try {
      return require("ws");
    } catch (error) {
      return undefined;
    }
  };
}
