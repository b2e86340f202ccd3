// A button with data-picture="ID" downloads the chart of that id as a PNG, drawn by plotly here in the browser: on the paper of the theme,
// under the heading of its panel, twice as fine as the screen. Heard once for the whole page, so that charts may come later.
(function () {
  "use strict";
  var TOP = 44;

  // Plotly reads some HTML in texts; a heading is drawn as it stands.
  function plain(text) {
    return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  }

  function save(picture, name) {
    var bytes = Uint8Array.from(window.atob(picture.split(",")[1]), function (sign) { return sign.charCodeAt(0); });
    var link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
    link.download = name;
    link.click();
    window.setTimeout(function () { URL.revokeObjectURL(link.href); }, 10000);
  }

  function say(text) {
    window.dash_clientside.set_props("notice", { children: { namespace: "dash_html_components", type: "Div",
      props: { children: text, className: "banner", role: "status" } } });
  }

  function figure(chart, heading) {
    var style = getComputedStyle(document.documentElement);
    var own = chart.layout;
    var layout = Object.assign({}, own, {
      paper_bgcolor: style.getPropertyValue("--k-card").trim(),
      margin: Object.assign({}, own.margin, { t: TOP + ((own.margin || {}).t || 0), b: 16 + ((own.margin || {}).b || 0),
        l: 12 + ((own.margin || {}).l || 0), r: 12 + ((own.margin || {}).r || 0) }),
      title: { text: plain(heading), x: 0, xref: "container", xanchor: "left", pad: { l: 16, t: 14 }, y: 1, yanchor: "top", yref: "container",
        font: { size: 16, color: style.getPropertyValue("--k-ink").trim() } },
    });
    return { data: chart.data, layout: layout, config: { locale: (chart._context || {}).locale, locales: (chart._context || {}).locales } };
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest ? event.target.closest("[data-picture]") : null;
    if (!button) return;
    var holder = document.getElementById(button.dataset.picture);
    var chart = holder && (holder.matches(".js-plotly-plot") ? holder : holder.querySelector(".js-plotly-plot"));
    if (!chart || !window.Plotly || !(chart.data || []).length) return say(button.dataset.nothing);
    var size = chart.getBoundingClientRect();
    var wanted = { format: "png", scale: 2, width: Math.round(size.width), height: Math.round(size.height) + TOP };
    window.Plotly.toImage(figure(chart, button.dataset.heading), wanted).then(function (picture) {
      save(picture, button.dataset.file);
    }, function () { say(button.dataset.nothing); });
  });
})();
