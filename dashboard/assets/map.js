// The weeks of the map, moved without asking the server: it is asked when the week that is kept has changed.
(function () {
  "use strict";
  var no = function () { return window.dash_clientside.no_update; };

  function icon(name) {
    return { namespace: "dash_html_components", type: "Span", props: { className: "icon icon-" + name, "aria-hidden": "true" } };
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.kentongan_map = {
    // map-slider.value, map-weeks.data -> kept week
    keep: function (at, weeks) { return at > 0 && weeks && weeks[at - 1] ? weeks[at - 1] : ""; },

    // The buttons and the clock -> map-slider.value, map-clock.disabled, map-play.children
    step: function (back, next, play, beat, at, most, still) {
      var what = window.dash_clientside.callback_context.triggered.map(function (t) { return t.prop_id.split(".")[0]; });
      if (what.indexOf("map-clock") >= 0) {
        if (still || at >= most) return [no(), true, icon("play")];
        return [at + 1, at + 1 >= most, icon(at + 1 >= most ? "play" : "pause")];
      }
      if (what.indexOf("map-play") >= 0) {
        if (!still || most < 1) return [no(), true, icon("play")];
        return [at >= most || at < 1 ? 1 : at + 1, false, icon("pause")];
      }
      var wanted = Math.max(0, Math.min(most, at + (what.indexOf("map-back") >= 0 ? -1 : 1)));
      return [wanted, true, icon("play")];
    },
  };
})();
