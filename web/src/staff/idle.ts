/** Calls back once when nobody has touched the page for so long. Pages that ask the server by themselves keep a login alive, so it is the page that ends it. */
export function whenIdle(ms: number, act: () => void): () => void {
  let touched = Date.now();
  const touch = () => void (touched = Date.now());
  const signs = ["pointerdown", "pointermove", "keydown", "wheel"] as const;
  for (const sign of signs) addEventListener(sign, touch, { passive: true, capture: true });
  const timer = setInterval(() => {
    // By the clock and not by a count of ticks: a laptop that slept was not touched either.
    if (Date.now() - touched < ms) return;
    stop();
    act();
  }, 5000);
  const stop = () => {
    clearInterval(timer);
    for (const sign of signs) removeEventListener(sign, touch, { capture: true });
  };
  return stop;
}
