// On paper: the controls as a sentence, every grid as a table with all of its rows, charts as wide as the sheet. Undone after printing.
(function () {
  "use strict";
  var SHEET = 696; // pixels between the margins of A4
  var HIGH = 300;
  var ROWS = 60; // of a grid; its CSV has all of them
  var added = [];
  var charts = [];

  function text(node) { return node ? node.textContent.trim() : ""; }

  function chosen(box) {
    var several = Array.prototype.map.call(box.querySelectorAll(".mantine-Pill-label"), text);
    if (several.length) return several.join(", ");
    var one = box.querySelector("input[type=radio]:checked");
    if (one) return text(box.querySelector('label[for="' + CSS.escape(one.id) + '"]'));
    var field = box.querySelector("input:not([type=hidden]):not([type=radio]), textarea");
    return (field && (field.value || field.placeholder)) || text(box.querySelector("button"));
  }

  function add(after, node) {
    after.insertAdjacentElement("afterend", node);
    added.push(node);
  }

  // "Topics: Dengue · Period: 1 year", of the controls that stand in the address: forms to fill in say nothing on paper.
  function told(bar) {
    var parts = [];
    var boxes = bar.matches(".controls") ? bar.querySelectorAll(".mantine-InputWrapper-root, .switch") : [bar];
    boxes.forEach(function (box) {
      var name = text(box.querySelector(".mantine-InputWrapper-label, .control-label"));
      if (!name || box.offsetParent === null || !/"type":"control"/.test(box.innerHTML.replace(/&quot;/g, '"') + box.id)) return;
      var value = chosen(box);
      if (value) parts.push(name + ": " + value);
    });
    if (!parts.length) return;
    var line = document.createElement("p");
    line.className = "print-told";
    line.textContent = parts.join(" · ");
    add(bar, line);
  }

  function row(tag, values, numeric) {
    var line = document.createElement("tr");
    values.forEach(function (value, i) {
      var cell = document.createElement(tag);
      cell.textContent = value === null || value === undefined ? "" : String(value);
      if (numeric[i]) cell.className = "num";
      line.appendChild(cell);
    });
    return line;
  }

  function table(grid) {
    var api = window.dash_ag_grid && grid.id ? window.dash_ag_grid.getApi(grid.id) : null;
    if (!api || !api.getAllDisplayedColumns) return;
    var columns = api.getAllDisplayedColumns();
    var numeric = columns.map(function (column) { return column.getColDef().type === "rightAligned"; });
    var made = document.createElement("table");
    made.className = "plain print-table";
    made.appendChild(document.createElement("thead")).appendChild(row("th", columns.map(function (c) { return c.getColDef().headerName; }), numeric));
    var body = made.appendChild(document.createElement("tbody"));
    var left = 0;
    api.forEachNodeAfterFilterAndSort(function (node) {
      if (body.rows.length >= ROWS && ++left) return;
      body.appendChild(row("td", columns.map(function (column) {
        return api.getCellValue({ rowNode: node, colKey: column, useFormatter: true });
      }), numeric));
    });
    if (left) body.appendChild(row("td", ["… +" + left], [])).firstChild.colSpan = columns.length;
    add(grid, made);
  }

  function narrow(chart) {
    if (!window.Plotly || !chart.layout || !chart.clientWidth) return;
    charts.push(chart);
    window.Plotly.relayout(chart, { autosize: false, width: SHEET, height: Math.min(chart.clientHeight, HIGH) });
  }

  function prepare() {
    if (added.length || charts.length) return;
    document.querySelectorAll("#page .controls, #page .mantine-InputWrapper-root").forEach(function (bar) {
      if (bar.matches(".controls") || !bar.closest(".controls")) told(bar);
    });
    document.querySelectorAll("#page .k-grid").forEach(table);
    document.querySelectorAll("#page .js-plotly-plot").forEach(narrow);
  }

  function restore() {
    added.splice(0).forEach(function (node) { node.remove(); });
    charts.splice(0).forEach(function (chart) {
      window.Plotly.relayout(chart, { autosize: true, width: null, height: null });
    });
  }

  window.addEventListener("beforeprint", prepare);
  window.addEventListener("afterprint", restore);
})();
