// Names for a screen reader, where the parts that we use leave a control without one.
(function () {
  "use strict";
  // The arrows of a pager: what they are called stands on the list around it (dashboard/widgets.pager).
  function arrows(list) {
    var bare = Array.prototype.filter.call(list.querySelectorAll("button"), function (button) { return button.textContent.trim() === ""; });
    if (bare.length !== 4) return;
    ["first", "before", "next", "last"].forEach(function (which, i) { bare[i].setAttribute("aria-label", list.dataset[which]); });
  }
  // The field behind "Upload a file…" is called what stands on its button, which is the one that Tab stops at.
  function upload(field) {
    field.setAttribute("aria-label", field.parentElement.textContent.trim());
    field.tabIndex = -1;
  }
  // The head of a window is a <header>, and would count as a second one of the whole page.
  function head(one) { one.setAttribute("role", "group"); }
  new MutationObserver(function () {
    document.querySelectorAll(".pages").forEach(arrows);
    document.querySelectorAll("input[type=file]:not([aria-label])").forEach(upload);
    document.querySelectorAll(".mantine-Modal-header:not([role])").forEach(head);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
