/** The cells of one line of the approver's list. Pure. */
import type { QueueRow } from "../../lib/api/types";
import { m } from "../../lib/i18n/staff";
import { daysBetween, dayShort, whenShort } from "../../lib/time";
import { tier } from "../flags/words";
import { tierOrder } from "../note/words";

/** 即時 1・要確認 2・保留 1 */
export function counts(row: QueueRow): string {
  const parts = tierOrder.filter((each) => row.counts[each] > 0).map((each) => `${tier[each].word()} ${row.counts[each]}`);
  if (row.held > 0) parts.push(m.queue_held({ n: row.held }));
  return parts.join("・") || m.tier_none();
}

export const due = (row: QueueRow, today: string): string => (row.due_on === today ? m.queue_due_today() : dayShort(`${row.due_on}T12:00+09:00`));

/** What is waited for: days where the approver's decision is, else whose turn it is. Lateness is said in any case. */
export function left(row: QueueRow, today: string): string {
  const days = daysBetween(today, row.due_on);
  if (row.overdue && days < 0) return m.queue_late_days({ n: -days });
  switch (row.state) {
    case "writing":
      return m.queue_writing();
    case "returned":
      return m.queue_returned();
    case "held":
      return m.queue_waits_day();
    case "submitted":
      return days === 0 ? m.queue_left_today() : m.queue_left_days({ n: days });
  }
}

export function stateOf(row: QueueRow, now: number): string {
  if (row.state === "submitted") return row.submitted_at ? m.queue_state_submitted({ time: whenShort(row.submitted_at, now) }) : "";
  return { writing: m.queue_state_writing, returned: m.queue_state_returned, held: m.queue_state_held }[row.state]();
}
