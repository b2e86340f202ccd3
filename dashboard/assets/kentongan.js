// What the dashboard does without asking the server: the address, the language, the theme, the menu, the title.
(function () {
  "use strict";
  var no = function () { return window.dash_clientside.no_update; };

  function remember(name, value) {
    document.cookie = "kentongan_" + name + "=" + value + "; path=/; max-age=31536000; samesite=lax";
  }

  // One control as text; the same rules as dashboard/urlstate.py.
  function text(value, control) {
    if (value === null || value === undefined) return "";
    if (Array.isArray(value)) {
      if (control.kind === "days") return value.length === 2 && value[0] && value[1] ? value[0] + ".." + value[1] : "";
      return value.join(",");
    }
    return String(value) === String(control.default) ? "" : String(value);
  }

  function escape(value) {
    return encodeURIComponent(value).replace(/%2C/g, ",").replace(/%3A/g, ":").replace(/%2F/g, "/");
  }

  // The address that is on the screen now. A change of the address that did not come from a control loads the page again.
  var shown = null;
  var settled = false;

  function address() { return window.location.pathname + window.location.search; }

  // Writes the address at once and lets dcc.Location read it. Were the address handed to dcc.Location instead, it would come back to
  // `route` when its turn comes, by then perhaps behind what a person has typed meanwhile, and the page would be made anew over it.
  function go(how, search) {
    shown = window.location.pathname + search;
    window.history[how](how === "replaceState" ? window.history.state : {}, "", shown);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  // The script of the grids, loaded before the first page that may have one; the overview has none. As soon as somebody moves on the
  // overview it is fetched, so that it is there when they leave it; not where the browser is to save data.
  var grids = null;
  var moves = ["pointermove", "pointerdown", "touchstart", "wheel", "keydown"];

  function loadGrids() {
    grids = grids || new Promise(function (resolve, reject) {
      var script = document.createElement("script");
      script.src = document.documentElement.dataset.grids;
      script.onload = resolve;
      script.onerror = function () { grids = null; reject(new Error("the script of the tables could not be loaded")); };
      document.head.appendChild(script);
    });
    return grids;
  }

  function withGrids(route) {
    if (route.path === "/" || window.dash_ag_grid) return route;
    return loadGrids().then(function () { return route; });
  }

  function ahead() {
    moves.forEach(function (name) { window.removeEventListener(name, ahead); });
    if (window.dash_ag_grid || (navigator.connection && navigator.connection.saveData)) return;
    var later = window.requestIdleCallback || window.setTimeout;
    later(function () { loadGrids().catch(function (error) { console.warn(error.message + "; it is asked for again with the page"); }); });
  }

  window.addEventListener("load", function () {
    moves.forEach(function (name) { window.addEventListener(name, ahead, { passive: true }); });
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.kentongan = {
    // url.pathname, url.search, fresh-load.n_clicks, first.data -> route.data. The values say that something changed; what it is now, the
    // window says. The page that came with the frame need not be asked for; its address is put in order, as that of every new page.
    route: function (pathname, search, clicks, first) {
      if (!pathname) return no();
      var pressed = window.dash_clientside.callback_context.triggered.some(function (t) { return t.prop_id === "fresh-load.n_clicks"; });
      var here = address();
      if (here === shown && !pressed) return no();
      if (shown === null && first && first.shown === here) {
        shown = here;
        settled = true;
        if (first.query !== window.location.search) go("replaceState", first.query);
        return no();
      }
      var other = shown === null || shown.split("?")[0] !== window.location.pathname;
      shown = here;
      settled = false;
      if (other) window.scrollTo(0, 0);
      return withGrids({ path: window.location.pathname, search: window.location.search, at: Date.now() });
    },

    // values and ids of all controls of the page -> the address. `written` stays empty: Dash does not call for a new page without an output.
    write: function (values, datas, ids, dataIds, controls, tab) {
      // A page that was made for an address that Back has left meanwhile says nothing.
      if (!controls || address() !== shown || (!settled && controls.shown !== shown)) return no();
      var all = {};
      ids.forEach(function (id, i) { all[id.key] = values[i]; });
      dataIds.forEach(function (id, i) { all[id.key] = datas[i]; });
      var parts = ["lang=" + tab.lang];
      controls.fields.forEach(function (control) {
        if (control.kind === "days" && all.span !== "custom") return;
        var written = text(all[control.key], control);
        if (written !== "") parts.push(control.key + "=" + escape(written));
      });
      var search = "?" + parts.join("&");
      // A page that has just been laid out puts the address in order, which is no step of its own for Back.
      var how = settled ? "pushState" : "replaceState";
      settled = true;
      if (search !== window.location.search) go(how, search);
      return no();
    },

    language: function (wanted, tab) {
      if (!wanted || wanted === tab.lang) return;
      remember("lang", wanted);
      var address = new URL(window.location.href);
      address.searchParams.set("lang", wanted);
      window.location.assign(address.toString());
    },

    theme: function (clicks, tab) {
      if (!clicks) return [no(), no(), no()];
      var theme = tab.theme === "dark" ? "light" : "dark";
      remember("theme", theme);
      return [theme, Object.assign({}, tab, { theme: theme }), "icon icon-" + (theme === "dark" ? "sun" : "moon")];
    },

    menu: function (opened) {
      return { width: 208, breakpoint: "sm", collapsed: { mobile: !opened } };
    },

    days: function (span) { return span === "custom" ? "mid" : "mid hidden"; },

    close: function () { return false; },

    title: function (title) {
      if (title) document.title = title;
    },
  };

  // Ctrl+Enter (or Cmd+Enter) in the query editor runs the query.
  document.addEventListener("keydown", function (event) {
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && event.target.id === "sql-text") {
      var run = document.getElementById("sql-run");
      if (run) { event.preventDefault(); event.target.blur(); window.setTimeout(function () { run.click(); }, 50); }
    }
  });
})();
