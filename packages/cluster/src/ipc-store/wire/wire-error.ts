/** The other side sent what it never sends if all is well: its line has to go. */
export class WireError extends Error {
  override get name(): string {
    return 'WireError';
  }
}
