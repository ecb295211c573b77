/** More than any run asks for. */
export const MOST = 1e9;
/** Units a second: so few that less and less is left. */
export const RATE = 1_000;
export const WINDOW_S = 60;
