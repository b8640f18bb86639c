// Chance that can be had again: SOAK_SEED runs the same script once more (what the machine makes of it is its own).
export const seed = Number(process.env.SOAK_SEED ?? Date.now() % 2 ** 31);

let state = seed | 0;

/** A number in [0, 1): mulberry32. */
export function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

export const below = (limit) => Math.floor(random() * limit);
export const between = (least, most) => least + below(most - least + 1);
export const one = (list) => list[below(list.length)];
export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
