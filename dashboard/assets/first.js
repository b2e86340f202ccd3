// Runs in the head before anything is painted: the first visit takes the theme that the system prefers, and remembers it; the server
// also learns whether this is a phone, so that charts leave room for it.
(function () {
  var found = document.cookie.match(/(?:^|; )kentongan_theme=(light|dark)/);
  var theme = found ? found[1] : (window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  if (!found) document.cookie = "kentongan_theme=" + theme + "; path=/; max-age=31536000; samesite=lax";
  document.cookie = "kentongan_narrow=" + (window.innerWidth < 640 ? 1 : 0) + "; path=/; max-age=31536000; samesite=lax";
  document.documentElement.setAttribute("data-mantine-color-scheme", theme);
})();
