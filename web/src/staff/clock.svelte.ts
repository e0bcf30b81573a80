/** The present moment as state: what shows it changes every second, and nobody else runs a timer. */
import { createSubscriber } from "svelte/reactivity";

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 1000);
  return () => clearInterval(timer);
});

export function now(): number {
  subscribe();
  return Date.now();
}

/** The same on the clock that never jumps: `performance.now()`. */
export function ticks(): number {
  subscribe();
  return performance.now();
}
