/** How well the line carries, judged by what a person would feel. */

export type Network = "good" | "weak" | "bad" | "unknown";

/** Three small requests: a talk over a line that needs longer for them is tiring. */
export async function measureNetwork(request: () => Promise<boolean>, now: () => number = () => performance.now()): Promise<Network> {
  const took: number[] = [];
  for (let i = 0; i < 3; i++) {
    const start = now();
    if (!(await request())) return "bad";
    took.push(now() - start);
  }
  const middle = took.sort((a, b) => a - b)[1]!;
  if (middle > 1000) return "bad";
  return middle > 350 ? "weak" : "good";
}
