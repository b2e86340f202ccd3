// A session that has ended: the next thing that the page asks for is answered with 401, and then the person logs in again. Who logs out
// leaves: the page asks for nothing more, which would only be refused.
(function () {
  const ask = window.fetch;
  let leaving = false;

  window.fetch = async function (...request) {
    if (leaving) return new Promise(function () {});
    const answer = await ask.apply(this, request);
    if (answer.status === 401) {
      const here = window.location.pathname + window.location.search;
      window.location.assign("/login?next=" + encodeURIComponent(here));
    }
    return answer;
  };

  document.addEventListener("submit", function (event) {
    leaving = leaving || String(event.target.getAttribute("action")).endsWith("/logout");
  });
  window.addEventListener("pageshow", function () { leaving = false; });
})();
