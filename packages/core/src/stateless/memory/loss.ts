/**
 * How much is lost with a limit of which so many units are used, of so many that there ever are: the higher, the
 * later it is driven out.
 *
 * The share comes first: a limit that is used up is worth the same whatever its numbers are. By their logarithm the
 * units count, too: else keys of a limit of one unit, each used up by a single call, would drive out all others.
 */
export const lossOf = (used: number, most: number): number => (used / most) * Math.log1p(used);
