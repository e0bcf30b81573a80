/** How far a wait has come: unseen for the first 300 ms, shown, and slow from 10 s on. Called while a component is made. */
export function stageOfWaiting(): { readonly now: "unseen" | "shown" | "slow" } {
  let now = $state<"unseen" | "shown" | "slow">("unseen");

  $effect(() => {
    const shown = setTimeout(() => (now = "shown"), 300);
    const slow = setTimeout(() => (now = "slow"), 10_000);
    return () => {
      clearTimeout(shown);
      clearTimeout(slow);
    };
  });

  return {
    get now() {
      return now;
    },
  };
}
