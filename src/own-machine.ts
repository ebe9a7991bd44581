/**
 * `localhost` and the names below it, loopback addresses of either kind, and the address that means all of one's own.
 */
const ownName =
  /^(?:(?:[^.]+\.)*localhost\.?|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[::1?\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\])$/;

/** Whether a host, in the canonical spelling of `URL.hostname`, is this machine by its name alone. */
export function isOwnMachine(hostname: string): boolean {
  return ownName.test(hostname);
}
