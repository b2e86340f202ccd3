// Draws the parts of a page that stand still (dashboard/still.py): [tag, properties, child, ...] as React elements, without Dash's store.
(function () {
  "use strict";
  var React = window.React;

  // As dcc.Link: the address changes, the page is not loaded anew.
  function follow(event, href, target) {
    if (event.metaKey || event.shiftKey || event.altKey || event.ctrlKey || (target && target !== "_self")) return;
    event.preventDefault();
    window.history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
  }

  function anchor(tag, given) {
    var href = given.href ? window.dash_clientside.clean_url(given.href) : given.href;
    var own = Object.assign({}, given, { href: href });
    if (tag === "link") own.onClick = function (event) { follow(event, href, given.target); };
    return own;
  }

  function drawn(part) {
    if (!Array.isArray(part)) return part;
    var tag = part[0];
    var away = tag === "a" || tag === "link";
    var children = part.slice(2).map(drawn);
    if (tag === "link" && !children.length) children = [part[1].href];
    return React.createElement.apply(null, [away ? "a" : tag, away ? anchor(tag, part[1]) : part[1]].concat(children));
  }

  function Still(props) {
    return React.createElement.apply(null, [React.Fragment, null].concat(props.parts.map(drawn)));
  }

  window.kentongan_parts = { Still: React.memo(Still, function (before, after) { return before.parts === after.parts; }) };
})();
