/** What the audit's page calls whoever did something. */
import type { Schemas } from "../../lib/api/client";
import { m } from "../../lib/i18n/staff";

const kinds: Record<string, () => string> = { participant: m.audit_by_guest, operator: m.audit_by_operator, system: m.audit_by_system };
const roles: Record<string, () => string> = { nurse: m.role_nurse, approver: m.role_approver, administrator: m.role_administrator };

/** 保健師, 本人側, 自動. */
export function who(line: Pick<Schemas["AuditLine"], "actor_kind" | "actor_role">): string {
  if (line.actor_kind === "staff") return (roles[line.actor_role] ?? m.audit_by_staff)();
  return (kinds[line.actor_kind] ?? m.audit_by_nobody)();
}

const number = (seq: number): string => seq.toLocaleString("ja-JP");

/** Where the chain does not hold. */
export function broken(place: Schemas["ChainBreak"]): string {
  switch (place.kind) {
    case "between":
      return place.before === 0 ? m.audit_first({ after: number(place.after) }) : m.audit_between({ before: number(place.before), after: number(place.after) });
    case "cut_off":
      return m.audit_cut_off({ last: number(place.last), noted: number(place.noted) });
    case "rewritten":
      return m.audit_rewritten({ seq: number(place.seq) });
    case "beginning":
      return m.audit_beginning({ seq: number(place.seq) });
    case "second_file":
      return m.audit_second_file();
  }
}
