// A session that has ended: the next thing that the page asks for is answered with 401, and then the person logs in again.
(function () {
  const ask = window.fetch;
  window.fetch = async function (...request) {
    const answer = await ask.apply(this, request);
    if (answer.status === 401) {
      const here = window.location.pathname + window.location.search;
      window.location.assign("/login?next=" + encodeURIComponent(here));
    }
    return answer;
  };
})();
