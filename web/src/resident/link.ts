/** The link that she was sent, and the page that she can flee to. Both have neutral names. */

export const JOIN_PATH = "/r";
export const NEUTRAL_PATH = "/info";
export const SOCKET_PATH = "/api/join/socket";

/** Reads the secret out of the fragment and takes it off the address bar and the history. */
export function takeSecret(): string {
  const secret = location.hash.slice(1);
  if (secret !== "") history.replaceState(null, "", location.pathname);
  return secret;
}
