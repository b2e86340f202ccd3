// Runs in the head before anything is painted: the first visit takes the theme that the system prefers, and remembers it; the server
// also learns whether this is a phone, so that charts leave room for it. Then it asks for what Dash will ask for once its scripts have run.
(function () {
  var found = document.cookie.match(/(?:^|; )kentongan_theme=(light|dark)/);
  var theme = found ? found[1] : (window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  if (!found) document.cookie = "kentongan_theme=" + theme + "; path=/; max-age=31536000; samesite=lax";
  document.cookie = "kentongan_narrow=" + (window.innerWidth < 640 ? 1 : 0) + "; path=/; max-age=31536000; samesite=lax";
  document.documentElement.setAttribute("data-mantine-color-scheme", theme);

  // Dash brings a library for browsers of before 2017, which is slow to start, and uses this much of it: an asynchronous function without
  // try, compiled to a state machine. tests/dashboard/test_first_page.py holds that the scripts use no more.
  window.regeneratorRuntime = {
    mark: function (outer) { return outer; },
    wrap: function (body, outer, self) {
      var done = false;
      var state = { prev: 0, next: 0, sent: undefined, stop: function () { done = true; } };
      return {
        next: function (value) {
          state.sent = value;
          return { value: done ? undefined : body.call(self, state), done: done };
        },
        throw: function (error) { done = true; throw error; }
      };
    }
  };

  function early(kind, path) {
    var link = document.createElement("link");
    link.rel = "preload";
    link.as = kind;
    link.href = document.documentElement.dataset.root + path;
    if (kind === "fetch") link.crossOrigin = "anonymous";
    document.head.appendChild(link);
  }
  early("fetch", "_dash-layout");
  early("fetch", "_dash-dependencies");
  var page = window.location.pathname.slice(document.documentElement.dataset.root.length);
  if (["", "trends", "map", "sources"].indexOf(page) >= 0) {
    early("script", "_dash-component-suites/dash/dcc/async-graph.js");
    early("script", "_dash-component-suites/plotly/package_data/plotly.min.js");
  }
})();
