import { expect, it } from "vitest";
import type { QueueRow } from "../../lib/api/types";
import { counts, due, left, stateOf } from "./queue";

const row = (more: Partial<QueueRow> = {}): QueueRow => ({
  interview: "i", name: "白石 ひなた", number: null, kind: "notification", method: "online", interviewer: "佐野", started_at: "2026-11-25T10:02:00+09:00",
  state: "submitted", submitted_at: "2026-11-25T11:32:00+09:00", version: 1, tier: "immediate",
  counts: { immediate: 1, review: 2, notice: 0, care: 0 }, due_on: "2026-11-25", overdue: false, held: 0, contact_restricted: false, ...more,
});
const now = Date.parse("2026-11-25T12:00:00+09:00");

it("counts by tier, the most urgent first, and says that there is none", () => {
  expect(counts(row({ held: 1 }))).toBe("即時 1・要確認 2・保留 1");
  expect(counts(row({ counts: { immediate: 0, review: 0, notice: 0, care: 0 } }))).toBe("なし");
});

it("says today, and days of the calendar", () => {
  expect([due(row(), "2026-11-25"), left(row(), "2026-11-25")]).toEqual(["今日", "今日まで"]);
  const later = row({ due_on: "2026-11-30" });
  expect([due(later, "2026-11-25"), left(later, "2026-11-25")]).toEqual(["11月30日(月)", "あと 5日"]);
});

it("says lateness also where the approver is not the one who is waited for", () => {
  expect(left(row({ state: "writing", overdue: true, due_on: "2026-11-23" }), "2026-11-25")).toBe("2日 過ぎています");
  expect(left(row({ state: "writing" }), "2026-11-25")).toBe("記録 作成中");
});

it("gives the time of today's submission and the day of an earlier one", () => {
  expect(stateOf(row(), now)).toBe("提出 11:32");
  expect(stateOf(row({ submitted_at: "2026-11-20T11:32:00+09:00" }), now)).toBe("提出 11月20日 11:32");
  expect(stateOf(row({ state: "held" }), now)).toBe("保留");
});
