// Runs before anything else of the page: measures the time that the page's own callbacks take, those
// of frames, timers and messages. What follows them in promises is not seen.
(() => {
  const work = { ms: 0, benchMs: 0 };
  let depth = 0;
  const wrapped = new WeakMap();
  const timed = (callback) => {
    if (typeof callback !== "function") return callback;
    const known = wrapped.get(callback);
    if (known !== undefined) return known;
    const made = function (...given) {
      if (depth > 0) return callback.apply(this, given);
      depth++;
      const start = performance.now();
      try {
        return callback.apply(this, given);
      } finally {
        depth--;
        work.ms += performance.now() - start;
      }
    };
    wrapped.set(callback, made);
    return made;
  };
  const wrap = (owner, name, place) => {
    const real = owner[name];
    owner[name] = function (...given) {
      given[place] = timed(given[place]);
      return real.apply(this, given);
    };
  };
  wrap(window, "requestAnimationFrame", 0);
  wrap(window, "setTimeout", 0);
  wrap(window, "setInterval", 0);
  wrap(HTMLVideoElement.prototype, "requestVideoFrameCallback", 0);
  wrap(EventTarget.prototype, "addEventListener", 1);
  wrap(EventTarget.prototype, "removeEventListener", 1);
  window.__rtsegWork = work;
})();
