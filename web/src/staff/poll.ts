/** Asks again and again while somebody looks at the page, and at once when they come back to it. */
export function poll(every: number, ask: () => Promise<void>): () => void {
  let asking = false;
  const look = async () => {
    if (asking || document.visibilityState !== "visible") return;
    asking = true;
    await ask();
    asking = false;
  };
  void look();
  const timer = setInterval(look, every);
  document.addEventListener("visibilitychange", look);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
  };
}
