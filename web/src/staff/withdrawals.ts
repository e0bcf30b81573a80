/** What was taken back goes from the open pages of a talk that is over too: it has no socket that would say so. */
import { listWithdrawals } from "../lib/api/client";

const LOOK_MS = 20_000;

/**
 * `read` at the beginning, and `forget` whenever somebody took their words back since. It looks while nobody
 * looks at the page too: what a hidden page still has is shown before it could ask.
 */
export function readUntilTakenBack(interview: string, read: () => void, forget: () => void): () => void {
  let known = 0;
  /** True when more is taken back than was known. */
  const look = async (): Promise<boolean> => {
    const answer = await listWithdrawals(interview);
    if (answer.kind !== "done") return false;
    const before = known;
    known = answer.value.filter((each) => each.certificate).length;
    return known > before;
  };
  // Before the page reads: what is taken back between the two is found at the next look.
  void look().then(read);
  const timer = setInterval(() => void look().then((more) => more && forget()), LOOK_MS);
  return () => clearInterval(timer);
}
