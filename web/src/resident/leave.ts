/** Giving the seat up, also on a dead line. */
import { leave } from "../lib/api/client";

/**
 * The request may arrive nowhere, and by then this page is gone. So a mark comes first, beside the seat that no script
 * can take away: the next request of this browser, whoever makes it, ends the seat and takes both away.
 */
export function giveUp(how: Parameters<typeof leave>[0]): ReturnType<typeof leave> {
  document.cookie = `__Host-end=${how === "quick_exit" ? 1 : 0}; Path=/; Secure; SameSite=Strict`;
  return leave(how);
}
