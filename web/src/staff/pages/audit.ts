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
